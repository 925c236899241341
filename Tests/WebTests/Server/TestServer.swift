import Clocks
import Metrics
import Reactor

@testable import Web

/// A server on a clock of the test's own.
@ReactorActor
struct TestServer {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    let metrics = MetricsRegistry()
    let server: WebServer
    let service: TestService

    init(_ change: (inout WebSettings) -> Void = { _ in }, service: TestService = TestService()) {
        var settings = WebSettings()
        change(&settings)
        let routes = Router()
        routes.get("/hello") { _ in .response(.text("hello")) }
        routes.add(.post, "/echo") { .response(.bytes($0.body, .octets)) }
        routes.webSocket("/", service)
        self.service = service
        server = WebServer("test", settings: settings, router: routes, metrics: metrics, timers: timers)
    }

    func advance(_ span: Nanoseconds) {
        timers.advance(to: timers.now + span)
    }

    func count(_ line: String) -> Bool { metrics.exposition().contains(line + "\n") }
}

/// Puts its clients into one group and sends back what they say.
@ReactorActor
final class TestService: WebSocketService {
    let settings: WebSocketSettings
    let deflater = Deflater(threshold: 64)
    let group: BroadcastGroup
    private(set) var clients: [WebSocketClient] = []
    private(set) var departures = 0

    init(_ change: (inout WebSocketSettings) -> Void = { _ in }) {
        var settings = WebSocketSettings()
        settings.terms = WebSocketHandshake.Terms(deflate: PerMessageDeflate.Settings())
        change(&settings)
        self.settings = settings
        group = BroadcastGroup(deflater: deflater)
    }

    func connected(_ client: WebSocketClient) {
        clients.append(client)
        group.add(client)
    }

    func received(_ message: WebSocketMessage, from client: WebSocketClient) { client.send(message) }

    func disconnected(_ client: WebSocketClient) {
        clients.removeAll { $0 === client }
        departures += 1
    }

    func notice(ofDropped messages: Int) -> [UInt8]? { Array("dropped \(messages)".utf8) }

    func broadcast(_ text: String, mayBeDropped: Bool = true) {
        group.send(Array(text.utf8)[...], mayBeDropped: mayBeDropped, received: MonotonicTime(nanoseconds: 0))
    }
}
