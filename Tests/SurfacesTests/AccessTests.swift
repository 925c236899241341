import Drivers
import Hub
import Metrics
import Network
import Reactor
import Testing

@testable import Surfaces
@testable import Web

/// The access rules, checked on every route of the API.
@Suite("Access to the API") @ReactorActor
struct AccessTests {
    private let registry: DeviceRegistry
    private let mats: MatRegistry
    private let range = TestRange()

    init() {
        let (hub, metrics) = (Hub(), MetricsRegistry())
        registry = DeviceRegistry(hub: hub, metrics: metrics)
        mats = MatRegistry(tareFrames: 0, devices: registry, hub: hub, metrics: metrics)
    }

    private func routes(_ accessControl: AccessControl) -> Router {
        let router = Router(accessControl: accessControl)
        let surfaces: [any Surface] = [RangeAPI(range, timers: range), DeviceAPI(registry), MatAPI(mats)]
        for surface in surfaces { surface.addRoutes(to: router) }
        return router
    }

    private func rejection(_ router: Router, _ method: HTTPMethod, _ path: String, _ headers: String) throws -> Int? {
        let target = path.replacing("{id}", with: "x").replacing("{level}", with: "1").replacing("{name}", with: "x")
        var parser = HTTPRequestParser()
        var input = Array("\(method.rawValue) \(target) HTTP/1.1\r\nHost: range.local\r\n\(headers)\r\n".utf8)[...]
        guard case .head(let head)? = try parser.next(&input) else { return nil }
        return router.rejection(of: head)?.status.code
    }

    @Test("every route but GET and the dry run counts as a change")
    func declarations() {
        let routes = routes(AccessControl()).routes
        #expect(routes.count > 30)
        for route in routes {
            let isReading = route.method == .get || route.path.hasSuffix("/dry-run")
            #expect((route.access == .reads) == isReading, "\(route.method) \(route.path)")
        }
    }

    @Test("every change needs the token, and none is admitted from a foreign origin")
    func changes() throws {
        let withToken = routes(AccessControl(token: AccessToken("the secret of this test")))
        let withList = routes(AccessControl(origins: .only(["http://pages.example"])))
        let foreign = "Origin: http://evil.example\r\n"
        for route in withToken.routes {
            let isChange = route.access == .changes
            let label = "\(route.method) \(route.path)"
            #expect(try rejection(withToken, route.method, route.path, "") == (isChange ? 401 : nil), "\(label)")
            #expect(try rejection(withList, route.method, route.path, foreign) == (isChange ? 403 : nil), "\(label)")
            #expect(try rejection(withList, route.method, route.path, "") == nil, "\(label)")
        }
    }
}
