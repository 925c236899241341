import Clocks
import Drivers
import Events
import JSON
import Reactor
import Web

/// The devices as JSON, and what can be asked of them: `/api/devices`.
@ReactorActor
package struct DeviceAPI {
    private unowned let provider: DeviceRegistry

    package init(_ keeper: DeviceRegistry) {
        self.provider = keeper
    }

    package func add(to routes: Router) {
        routes.get("/api/devices") { [provider] _ in .response(.json(Self.list(provider.devices))) }
        routes.get("/api/devices/{id}") { [provider] request in
            guard let device = provider.device(request.parameters["id"]) else {
                return .response(Self.errorResponse(.unknownDevice))
            }
            return .response(.json(Self.document(device)))
        }
        routes.addAuthorised(.post, "/api/devices/{id}") { [provider] request in
            let id = request.parameters["id"]
            do throws(DeviceRequestError) {
                guard provider.device(id) != nil else { throw .unknownDevice }
                try provider.apply(DeviceRequest(request.body), to: id, client: "\(request.peer)")
            } catch {
                return .response(Self.errorResponse(error))
            }
            return .asyncResponse {
                let failure = await provider.waitUntilSaved()
                return .json(Self.document(provider.device(id), id, failure))
            }
        }
    }

    static func list(_ devices: [DeviceStatus]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("devices")
        writer.beginArray()
        for device in devices { writer.value(device) }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }

    static func document(_ device: DeviceStatus, warning: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(device, warning: warning)
        return writer.finish()
    }

    /// The device as it is now. One of which nothing is kept is gone for good.
    static func document(_ device: DeviceStatus?, _ id: String, _ failure: String?) -> [UInt8] {
        let warning = failure.map { "this holds until the gateway ends: it cannot be written down: \($0)" }
        if let device { return document(device, warning: warning) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("state", DeviceStatus.State.forgotten.rawValue)
        if let warning { writer.member("warning", warning) }
        writer.endObject()
        return writer.finish()
    }

    static func errorResponse(_ refusal: DeviceRequestError) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", refusal.text)
        writer.endObject()
        return .json(writer.finish(), status: refusal == .unknownDevice ? .notFound : .badRequest)
    }
}

extension JSONWriter {
    /// A device; what is not known is null, so that every device has the same members.
    mutating func value(_ device: DeviceStatus, warning: String? = nil) {
        beginObject()
        member("id", device.id)
        member("name", device.givenName ?? device.ownName ?? device.id)
        member("given_name", device.givenName)
        member("own_name", device.ownName)
        member("family", device.family.rawValue)
        member("transport", device.transport)
        member("role", device.role)
        member("target", device.target)
        member("user", device.user)
        member("state", device.state.rawValue)
        member("link", device.link)
        member("first_seen", device.firstSeen)
        member("last_seen", device.lastSeen)
        member("battery", device.battery)
        member("signal", device.signal)
        member("frames", device.frames)
        member("refused", device.rejects)
        member("losses", device.disconnects)
        member("reconnects", device.reconnects)
        member("last_loss", device.lastDisconnectReason?.rawValue)
        key("notes")
        beginArray()
        for note in device.warnings {
            beginObject()
            member("note", note.name)
            member("text", note.text)
            endObject()
        }
        endArray()
        if let warning { member("warning", warning) }
        endObject()
    }

    private mutating func member(_ name: StaticString, _ text: String?) {
        key(name)
        if let text { string(text) } else { null() }
    }

    private mutating func member(_ name: StaticString, _ number: (some BinaryInteger)?) {
        key(name)
        if let number { integer(number) } else { null() }
    }
}
