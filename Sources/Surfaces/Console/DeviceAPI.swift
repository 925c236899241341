import Drivers
import Events
import JSON
import Reactor
import Web

/// The devices as JSON and the requests that change them: `/api/devices`.
@ReactorActor
package struct DeviceAPI: Surface {
    private unowned let registry: DeviceRegistry

    package init(_ registry: DeviceRegistry) {
        self.registry = registry
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/devices", DeviceDocumentation.list) { [registry] _ in
            .response(.object { $0.array("devices", registry.devices) { $1.value($0) } })
        }
        routes.get("/api/devices/{id}", DeviceDocumentation.device) { [registry] request in
            guard let device = registry.device(request.parameters["id"]) else {
                return .response(APIError(.unknownDevice).response)
            }
            return .response(.json { $0.value(device) })
        }
        routes.add(.post, "/api/devices/{id}", DeviceDocumentation.change) { [registry] request in
            let id = request.parameters["id"]
            do throws(DeviceRequestError) {
                guard registry.device(id) != nil else { throw .unknownDevice }
                try registry.apply(DeviceRequest(request.body), to: id, client: "\(request.peer)")
            } catch {
                return .response(APIError(error).response)
            }
            return .asyncResponse {
                let failure = await registry.waitUntilSaved()
                return Self.updated(registry.device(id), id, failure)
            }
        }
    }

    /// The device after a request; nil when it was forgotten.
    static func updated(_ device: DeviceStatus?, _ id: String, _ failure: String?) -> HTTPResponse {
        let warning = failure.map { "not saved, and lost when the gateway stops: \($0)" }
        if let device { return .json { $0.value(device, warning: warning) } }
        return .object { writer in
            writer.member("id", id)
            writer.member("state", DeviceStatus.State.forgotten.rawValue)
            if let warning { writer.member("warning", warning) }
        }
    }
}

/// Settings of sensors: `POST /api/devices/{id}/settings`.
@ReactorActor
package struct SensorSettingsAPI: Surface {
    private unowned let bluetooth: BluetoothManager

    package init(_ bluetooth: BluetoothManager) {
        self.bluetooth = bluetooth
    }

    package func addRoutes(to routes: Router) {
        routes.add(.post, "/api/devices/{id}/settings", DeviceDocumentation.settings) { [bluetooth] request in
            do throws(SensorSettingsError) {
                try bluetooth.apply(try SensorSettingsRequest(request.body), to: request.parameters["id"])
                return .response(.object(status: .accepted) { $0.member("status", "sent") })
            } catch {
                return .response(APIError(error).response)
            }
        }
    }
}

extension JSONWriter {
    /// Writes a device; unknown values are null, so that every device has the same members.
    mutating func value(_ device: DeviceStatus, warning: String? = nil) {
        beginObject()
        member("id", device.id)
        member("name", device.givenName ?? device.ownName ?? device.id)
        member("given_name", orNull: device.givenName)
        member("own_name", orNull: device.ownName)
        member("family", device.family.rawValue)
        member("transport", device.transport)
        member("role", device.role)
        member("target", orNull: device.target)
        member("user", orNull: device.user)
        member("state", device.state.rawValue)
        member("link", device.link)
        member("first_seen", orNull: device.firstSeen)
        member("last_seen", orNull: device.lastSeen)
        member("battery", orNull: device.battery)
        member("signal", orNull: device.signal)
        member("died", orNull: device.died)
        member("frames", device.frames)
        member("refused", device.rejects)
        member("losses", device.disconnects)
        member("reconnects", device.reconnects)
        member("last_loss", orNull: device.lastDisconnectReason?.rawValue)
        array("notes", device.warnings) { warning, writer in
            writer.beginObject()
            writer.member("note", warning.name)
            writer.member("text", warning.text)
            writer.endObject()
        }
        if let warning { member("warning", warning) }
        endObject()
    }
}
