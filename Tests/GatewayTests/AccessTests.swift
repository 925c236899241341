import Configuration
import Network
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
        _ router: Router, _ route: Route, _ headers: String, host: String = "range.local", from address: Int = 50
    ) throws -> HTTPResponse? {
        let target = route.path.replacing(/{[^}]*}/, with: "1")
        var parser = HTTPRequestParser()
        var input = Array("\(route.method.rawValue) \(target) HTTP/1.1\r\nHost: \(host)\r\n\(headers)\r\n".utf8)[...]
        guard case .head(let head)? = try parser.next(&input) else { return nil }
        return router.rejection(
            of: head, from: try SocketAddress(host: "192.168.\(address / 256).\(address % 256)", port: 1))
    }

    private typealias Route = Router.Route

    /// What brings measurements in, instead of a person's decision.
    private static let deliveries: Set = ["/data", "/api/events", "/stats"]

    @Test(
        "every route but GET and the dry run counts as a change, and only what concerns rights needs an administrator")
    func declarations() async throws {
        try await withRoutes { routers in
            let routes = routers.flatMap(\.routes)
            // The surfaces that the configuration can disable are included.
            #expect(Set(routes.map(\.path)).isSuperset(of: ["/api/serial/release", "/api/devices/{id}/settings"]))
            for route in routes {
                #expect(route.access == expected(route), "\(route.method) \(route.path)")
            }
        }
    }

    private func expected(_ route: Route) -> RouteAccess {
        let isReading = route.method == .get || route.path.hasSuffix("/dry-run")
        let description = route.description
        // What carries messages is not a change; the receiver checks each of them.
        if route.path == "/socket.io/" || route.path == "/tls/ca.crt" { return .open }
        if route.path == "/api/login" || route.path == "/api/logout" { return isReading ? .open : .signsIn }
        if route.path.hasPrefix("/api/tokens") { return .administers }
        if route.path == "/api/audit" { return .audits }
        if route.path == "/api/access-point" { return .invites }
        // Pages have no data.
        if isReading, description?.group == "Pages", description?.summary == RouteDescription.asset(.html).summary {
            return .open
        }
        if route.path.hasPrefix("/simulation/") || route.path.hasPrefix("/input/") {
            return isReading ? .reads : .simulates
        }
        return isReading ? .reads : Self.deliveries.contains(route.path) ? .delivers : .operates
    }

    @Test("every change needs the token, and no read does")
    func token() async throws {
        try await withRoutes({ $0.http.token = "the secret of this test" }) { routers in
            for router in routers {
                for (number, route) in router.routes.enumerated() {
                    let missing = try rejection(router, route, "")
                    // Each from another address, because many attempts from one would be slowed down.
                    let wrong = try rejection(router, route, "Authorization: Bearer wrong\r\n", from: number)
                    let isChange = route.access.role(protectingEverything: false) != nil
                    let label = "\(route.method) \(route.path)"
                    #expect(missing?.reason == (isChange ? "401 missing_token" : nil), "\(label)")
                    #expect(wrong?.reason == (isChange ? "401 wrong_token" : nil), "\(label)")
                }
            }
        }
    }

    @Test("with everything protected, every route needs a token but pages without data, the authority and signing in")
    func protection() async throws {
        try await withRoutes({
            $0.http.token = "the secret of this test"
            $0.http.protect = .everything
        }) { routers in
            var open: Set<String> = []
            for router in routers {
                for route in router.routes {
                    let missing = try rejection(router, route, "")
                    let right = try rejection(router, route, "Authorization: Bearer the secret of this test\r\n")
                    #expect(right == nil, "\(route.method) \(route.path)")
                    if missing == nil { open.insert(route.path) }
                }
            }
            #expect(open.isSuperset(of: ["/", "/tls", "/tls/ca.crt", "/api/login"]))
            #expect(open.isDisjoint(with: ["/health", "/metrics", "/api/devices", "/ws/live", "/openapi.json"]))
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
                    let expected = route.access == .administers ? "401 missing_token" : nil
                    let label = "\(route.method) \(route.path)"
                    let isChange = route.access.isChange
                    #expect(foreign?.reason == (isChange ? "403 foreign_origin" : nil), "\(label)")
                    #expect(rebound?.reason == (isChange || list != ["*"] ? "403 unknown_host" : nil), "\(label)")
                    #expect(own?.reason == expected && program?.reason == expected, "\(label)")
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
