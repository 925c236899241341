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
    private let answers = Answers()

    /// What has been asked for at `/later` and `/work`, in order.
    var pending: [PendingAnswer] { answers.pending }
    /// For each time that `/work` came to its end: whether it had been cancelled.
    var workLog: [Bool] { answers.workLog }
    /// How many pieces of the body at `/stream` have been made, and how often one of them was over.
    var piecesMade: Int { answers.piecesMade }
    var streamsOver: Int { answers.streamsOver }

    @ReactorActor
    private final class Answers {
        var pending: [PendingAnswer] = []
        var workLog: [Bool] = []
        var piecesMade = 0
        var streamsOver = 0

        func stream(_ pieces: [HTTPBodyStream.Piece]) -> HTTPResponse {
            var rest = pieces[...]
            return .stream(
                HTTPBodyStream {
                    self.piecesMade += 1
                    return rest.popFirst() ?? .end
                } whenOver: {
                    self.streamsOver += 1
                }, .plainText)
        }
    }

    /// - Parameter pieces: what is served at `/stream`.
    init(
        _ change: (inout WebSettings) -> Void = { _ in }, service: TestService = TestService(),
        pieces: [HTTPBodyStream.Piece] = []
    ) {
        var settings = WebSettings()
        change(&settings)
        let routes = Router()
        routes.get("/hello") { _ in .response(.text("hello")) }
        routes.add(.post, "/echo") { .response(.bytes($0.body, .octets)) }
        routes.get("/later") { [answers] _ in .later { answers.pending.append($0) } }
        routes.get("/eager") { _ in
            .later {
                $0.give(.text("eager"))
                $0.give(.text("twice"))
            }
        }
        routes.get("/work") { [answers] _ in
            .eventually {
                let gate = PendingAnswer()
                answers.pending.append(gate)
                await withCheckedContinuation { continuation in gate.deliver { _ in continuation.resume() } }
                answers.workLog.append(Task.isCancelled)
                return .text("worked, cancelled: \(Task.isCancelled)")
            }
        }
        routes.get("/stream") { [answers] _ in .response(answers.stream(pieces)) }
        routes.get("/late-stream") { [answers] _ in
            .eventually {
                let gate = PendingAnswer()
                answers.pending.append(gate)
                await withCheckedContinuation { continuation in gate.deliver { _ in continuation.resume() } }
                return answers.stream(pieces)
            }
        }
        routes.get("/stuck") { _ in
            .response(.stream(HTTPBodyStream { await withCheckedContinuation { Self.stuck.append($0) } }, .plainText))
        }
        routes.webSocket("/", service)
        self.service = service
        server = WebServer("test", settings: settings, router: routes, metrics: metrics, timers: timers)
    }

    /// Whoever makes the body at `/stuck` never comes back from it.
    private static var stuck: [CheckedContinuation<HTTPBodyStream.Piece, Never>] = []

    func advance(_ span: Nanoseconds) {
        timers.advance(to: timers.now + span)
    }

    func waitForPending(_ count: Int) async {
        while pending.count < count { await Wire.turn() }
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
