import JSON
import Reactor
import Web

/// Whoever knows the devices.
@ReactorActor
package protocol DeviceListKeeper: AnyObject {
    /// All that are known: those in use first, then by name.
    var devices: [DeviceStatus] { get }

    func device(_ id: String) -> DeviceStatus?

    /// Follows the request as a whole or not at all. `client` is who asks, for the log.
    func follow(_ request: DeviceRequest, for id: String, client: String) throws(DeviceRequestRefusal)

    /// Returns when what was followed will survive a power cut, or why it will not.
    func kept() async -> String?
}

/// The devices as JSON, and what can be asked of them: `/api/devices`.
@ReactorActor
package struct DeviceList {
    private unowned let keeper: any DeviceListKeeper

    package init(_ keeper: any DeviceListKeeper) {
        self.keeper = keeper
    }

    package func add(to routes: Router) {
        routes.get("/api/devices") { [keeper] _ in .response(.json(Self.list(keeper.devices))) }
        routes.get("/api/devices/{id}") { [keeper] request in
            guard let device = keeper.device(request.parameters["id"]) else {
                return .response(Self.refusal(.unknownDevice))
            }
            return .response(.json(Self.one(device)))
        }
        routes.authorised(.post, "/api/devices/{id}") { [keeper] request in
            let id = request.parameters["id"]
            do throws(DeviceRequestRefusal) {
                guard keeper.device(id) != nil else { throw .unknownDevice }
                try keeper.follow(DeviceRequest(request.body), for: id, client: "\(request.peer)")
            } catch {
                return .response(Self.refusal(error))
            }
            return .eventually {
                let failure = await keeper.kept()
                return .json(Self.answer(keeper.device(id), id, failure))
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
        return writer.take()
    }

    static func one(_ device: DeviceStatus, warning: String? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(device, warning: warning)
        return writer.take()
    }

    /// The device as it is now. One of which nothing is kept is gone for good.
    static func answer(_ device: DeviceStatus?, _ id: String, _ failure: String?) -> [UInt8] {
        let warning = failure.map { "this holds until the gateway ends: it cannot be written down: \($0)" }
        if let device { return one(device, warning: warning) }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("state", DeviceStatus.State.forgotten.rawValue)
        if let warning { writer.member("warning", warning) }
        writer.endObject()
        return writer.take()
    }

    static func refusal(_ refusal: DeviceRequestRefusal) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("error", refusal.text)
        writer.endObject()
        return .json(writer.take(), status: refusal == .unknownDevice ? .notFound : .badRequest)
    }
}
