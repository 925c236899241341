import Clocks
import Drivers
import JSON
import Reactor
import Web

/// The serial ports as JSON and the requests that change them: `/api/serial`.
@ReactorActor
package struct SerialPortAPI: Surface {
    private unowned let manager: SerialPortManager

    package init(_ manager: SerialPortManager) {
        self.manager = manager
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/serial", SerialPortDocumentation.list) { [manager] _ in .response(Self.list(manager.ports)) }
        routes.add(.post, "/api/serial/release", SerialPortDocumentation.release) { [manager] request in
            .response(
                Self.perform(SerialPortRequest(request.body, needsSeconds: true), "released") { request in
                    manager.release(request.port, for: Nanoseconds(seconds: request.seconds))
                })
        }
        routes.add(.post, "/api/serial/tare", SerialPortDocumentation.tare) { [manager] request in
            .response(
                Self.perform(SerialPortRequest(request.body, needsSeconds: false), "tared") { request in
                    manager.tare(request.port)
                })
        }
    }

    private static func perform(
        _ request: SerialPortRequest?, _ countName: StaticString, _ action: (SerialPortRequest) -> Int
    ) -> HTTPResponse {
        guard let request else {
            return APIError.invalid(
                "send {\"port\": a path, link, id or pattern}; to release it, also \"seconds\" up to 3600"
            ).response
        }
        return .matches(action(request), countName, noMatch: "no matching port supports this")
    }

    static func list(_ ports: [SerialPortStatus]) -> HTTPResponse {
        .object { writer in
            writer.array("ports", ports) { port, writer in
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
        }
    }
}

/// `{"port":"/dev/ttyUSB0","seconds":60}`.
struct SerialPortRequest: Hashable, Sendable {
    let port: String
    let seconds: Double

    /// Long enough to flash firmware and watch it boot; the port is taken back automatically afterwards.
    static let maximumRelease = 3_600.0

    /// Nil when the body is invalid.
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
            seconds <= Self.maximumRelease
        else { return nil }
        self.seconds = seconds
    }
}

/// Pressure mats with what they sent last: `/api/mats`; and the requests `/api/mats/tare` and its undo.
@ReactorActor
package struct MatAPI: Surface {
    private unowned let mats: MatRegistry

    package init(_ mats: MatRegistry) {
        self.mats = mats
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/mats", SerialPortDocumentation.mats) { [mats] _ in
            .asyncResponse { await Self.list(mats) }
        }
        routes.add(.post, "/api/mats/tare", SerialPortDocumentation.tareMats) { [mats] request in
            .response(Self.tare(request.body) { mats.tare($0) })
        }
        routes.add(.post, "/api/mats/tare/undo", SerialPortDocumentation.undoTare) { [mats] request in
            let nothing = "no connected mat matches, or it has no tare that can be undone"
            return .response(Self.tare(request.body, "restored", noMatch: nothing) { mats.undoTare($0) })
        }
    }

    /// Written mat by mat: the loop serves others in between.
    private static func list(_ mats: MatRegistry) async -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("mats")
        writer.beginArray()
        for (id, isConnected, latest, trail) in mats.recent {
            writer.beginObject()
            writer.member("id", id.text)
            writer.member("connected", isConnected)
            writer.member("last_frame", latest)
            writer.member("rows", trail.rows)
            writer.member("columns", trail.columns)
            writer.array("matrix", 0..<trail.rows) { row, writer in
                writer.beginArray()
                for column in 0..<trail.columns {
                    writer.number(trail.cells[row * trail.columns + column], decimals: 2)
                }
                writer.endArray()
            }
            writer.member("scale", trail.scale, decimals: 2)
            writer.array("trail", trail.points) { point, writer in
                writer.beginArray()
                writer.number(point.x, decimals: 4)
                writer.number(point.y, decimals: 4)
                writer.endArray()
            }
            writer.endObject()
            await Task.yield()
        }
        writer.endArray()
        writer.endObject()
        return .json(writer.finish())
    }

    /// Handles `{"mat":"60:09:C3:00:00:01"}`; `*` is a wildcard.
    static func tare(
        _ body: [UInt8], _ countName: StaticString = "tared", noMatch: String = "no connected mat matches",
        _ tare: (String) -> Int
    ) -> HTTPResponse {
        let members = try? JSONMembers(parsing: body)
        guard let members, let mat = members["mat"]?.string(in: members.bytes), 1...512 ~= mat.utf8.count else {
            return APIError.invalid("send {\"mat\": the id of a mat; * is a wildcard}").response
        }
        return .matches(tare(mat), countName, noMatch: noMatch)
    }
}

extension HTTPResponse {
    /// The result of a request to everything that matches a pattern: how much that was, and an error if nothing.
    fileprivate static func matches(_ count: Int, _ name: StaticString, noMatch message: String) -> Self {
        count == 0
            ? APIError.unknown(message).response { $0.member(name, 0) } : .object { $0.member(name, count) }
    }
}
