import Clocks
import Drivers
import JSON
import Reactor
import Web

/// The serial ports as JSON, and what can be asked of them: `/api/serial`.
@ReactorActor
package struct SerialPortAPI {
    private unowned let provider: SerialPortManager

    package init(_ keeper: SerialPortManager) {
        self.provider = keeper
    }

    package func add(to routes: Router) {
        routes.get("/api/serial") { [provider] _ in .response(.json(Self.list(provider.ports))) }
        routes.addAuthorised(.post, "/api/serial/release") { [provider] request in
            .response(
                Self.response(SerialPortRequest(request.body, needsSeconds: true), "released") { wanted in
                    provider.release(wanted.port, for: Nanoseconds(seconds: wanted.seconds))
                })
        }
        routes.addAuthorised(.post, "/api/serial/tare") { [provider] request in
            .response(
                Self.response(SerialPortRequest(request.body, needsSeconds: false), "tared") { wanted in
                    provider.tare(wanted.port)
                })
        }
    }

    private static func response(
        _ request: SerialPortRequest?, _ what: StaticString, _ perform: (SerialPortRequest) -> Int
    ) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        guard let request else {
            writer.member(
                "error", "send {\"port\": a path, link, id or pattern} and, to release it, \"seconds\" up to 3600")
            writer.endObject()
            return .json(writer.finish(), status: .badRequest)
        }
        let count = perform(request)
        if count == 0 { writer.member("error", "no such port is there, or nothing that can do this") }
        writer.member(what, count)
        writer.endObject()
        return .json(writer.finish(), status: count == 0 ? .notFound : .ok)
    }

    static func list(_ ports: [SerialPortStatus]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("ports")
        writer.beginArray()
        for port in ports {
            writer.beginObject()
            writer.member("port", port.path)
            writer.member("id", port.id)
            if let name = port.name { writer.member("name", name) }
            if let usbID = port.usbID { writer.member("usb", usbID) }
            writer.member("state", port.state)
            if let device = port.device { writer.member("device", device) }
            if let reason = port.reason { writer.member("because", reason) }
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return writer.finish()
    }
}

/// `{"port":"/dev/ttyUSB0","seconds":60}`.
struct SerialPortRequest: Hashable, Sendable {
    let port: String
    let seconds: Double

    /// Long enough to write new firmware and to see it start; a port that is forgotten comes back by itself.
    static let longestRelease = 3_600.0

    /// Nil when it is not understood.
    init?(_ body: [UInt8], needsSeconds: Bool) {
        guard let members = try? JSONMembers(parsing: body), let port = members["port"]?.string(in: members.bytes),
            !port.isEmpty, port.utf8.count <= 512
        else { return nil }
        self.port = port
        guard needsSeconds else {
            seconds = 0
            return
        }
        guard let seconds = members["seconds"]?.double(in: members.bytes), seconds > 0,
            seconds <= Self.longestRelease
        else { return nil }
        self.seconds = seconds
    }
}
