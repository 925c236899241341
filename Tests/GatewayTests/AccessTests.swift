import Configuration
import Reactor
import Testing

@testable import Gateway
@testable import Web

/// The access rules, checked on every route of every port.
@Suite("Access to the API") @ReactorActor
struct AccessTests {
    private func withRoutes(
        _ change: (inout Configuration) -> Void = { _ in }, _ body: ([Router]) throws -> Void
    ) async throws {
        try await withGateway(change) { gateway in try body(gateway.servers.map(\.server.router)) }
    }

    private func rejection(
        _ router: Router, _ route: Route, _ headers: String, host: String = "range.local"
    ) throws -> HTTPResponse? {
        let target = route.path.replacing(/{[^}]*}/, with: "1")
        var parser = HTTPRequestParser()
        var input = Array("\(route.method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n".utf8)[...]
        guard case .head(let head)? = try parser.next(&input) else { return nil }
        return router.rejection(of: head)
    }

    private typealias Route = Router.Route

    @Test("every route but GET and the dry run counts as a change")
    func declarations() async throws {
        try await withRoutes { routers in
            let routes = routers.flatMap(\.routes)
            // The surfaces that the configuration can disable are included.
            #expect(Set(routes.map(\.path)).isSuperset(of: ["/api/serial/release", "/api/devices/{id}/settings"]))
            for route in routes {
                // What carries messages is not a change; the receiver checks each of them.
                let isMessages = route.path == "/socket.io/"
                let isReading = route.method == .get || route.path.hasSuffix("/dry-run") || isMessages
                let isSimulation = route.path.hasPrefix("/simulation/") || route.path.hasPrefix("/input/")
                let expected = isReading ? RouteAccess.reads : isSimulation ? .simulates : .changes
                #expect(route.access == expected, "\(route.method) \(route.path)")
            }
        }
    }

    @Test("every change needs the token, and no read does")
    func token() async throws {
        try await withRoutes({ $0.http.token = "the secret of this test" }) { routers in
            for router in routers {
                for route in router.routes {
                    let missing = try rejection(router, route, "")
                    let wrong = try rejection(router, route, "Authorization: Bearer wrong\r\n")
                    let isChange = route.access != .reads
                    let label = "\(route.method) \(route.path)"
                    #expect(missing?.reason == (isChange ? "401 missing_token" : nil), "\(label)")
                    #expect(wrong?.reason == (isChange ? "401 wrong_token" : nil), "\(label)")
                }
            }
        }
    }

    @Test(
        "no change is admitted from a foreign page or for a foreign host, whatever pages may read",
        arguments: [["*"], ["http://pages.example"]])
    func origins(list: [String]) async throws {
        try await withRoutes({ $0.http.corsOrigins = list }) { routers in
            for router in routers {
                for route in router.routes {
                    let foreign = try rejection(router, route, "Origin: http://evil.example\r\n")
                    let rebound = try rejection(router, route, "Origin: http://evil.example\r\n", host: "evil.example")
                    let own = try rejection(router, route, "Origin: http://range.local:5173\r\n")
                    let program = try rejection(router, route, "")
                    let label = "\(route.method) \(route.path)"
                    let isChange = route.access != .reads
                    #expect(foreign?.reason == (isChange ? "403 foreign_origin" : nil), "\(label)")
                    #expect(rebound?.reason == (isChange || list != ["*"] ? "403 unknown_host" : nil), "\(label)")
                    #expect(own == nil && program == nil, "\(label)")
                }
            }
        }
    }
}

extension HTTPResponse {
    /// The status and the `reason` of an error response: `401 wrong_token`.
    fileprivate var reason: String? {
        let text = String(decoding: body, as: UTF8.self)
        guard let match = text.firstMatch(of: /"error":"[^"]+","reason":"([^"]*)"/) else {
            return "\(status.code) without a reason"
        }
        return "\(status.code) \(match.1)"
    }
}
