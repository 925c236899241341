import JSON
import Reactor
import Web

/// Whoever knows the devices.
@ReactorActor
package protocol DeviceProvider: AnyObject {
    /// All that are known: those in use first, then by name.
    var devices: [DeviceStatus] { get }

    func device(_ id: String) -> DeviceStatus?

    /// Follows the request as a whole or not at all. `client` is who asks, for the log.
    func apply(_ request: DeviceRequest, to id: String, client: String) throws(DeviceRequestError)

    /// Returns when what was followed will survive a power cut, or why it will not.
    func waitUntilSaved() async -> String?
}

/// The devices as JSON, and what can be asked of them: `/api/devices`.
@ReactorActor
package struct DeviceAPI {
    private unowned let provider: any DeviceProvider

    package init(_ keeper: any DeviceProvider) {
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
