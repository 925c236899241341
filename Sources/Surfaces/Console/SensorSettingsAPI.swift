import Drivers
import JSON
import Reactor
import Web

/// Settings of sensors: `POST /api/devices/{id}/settings`.
@ReactorActor
package struct SensorSettingsAPI {
    private unowned let configurator: BluetoothManager

    package init(_ setter: BluetoothManager) {
        self.configurator = setter
    }

    package func add(to routes: Router) {
        routes.addAuthorised(.post, "/api/devices/{id}/settings") { [configurator] request in
            do throws(SensorSettingsError) {
                try configurator.apply(try SensorSettingsRequest(request.body), to: request.parameters["id"])
                return .response(Self.json("status", "sent", .accepted))
            } catch {
                return .response(Self.json("error", error.text, error.status))
            }
        }
    }

    private static func json(_ name: StaticString, _ text: String, _ status: HTTPStatus) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member(name, text)
        writer.endObject()
        return .json(writer.finish(), status: status)
    }
}

extension SensorSettingsError {
    var status: HTTPStatus {
        switch self {
        case .unknown: .notFound
        case .invalid: .badRequest
        case .unavailable: .serviceUnavailable
        }
    }
}
