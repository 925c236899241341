import Clocks
import Metrics
import Network
import Reactor

@testable import Web

/// A server with the clock of the test.
@ReactorActor
struct TestServer {
    let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    let metrics = MetricsRegistry()
    let budget: MemoryBudget
    let server: WebServer
    let service: TestService
    private let log = RequestLog()

    /// The pending responses of `/later` and `/work`, in order.
    var pending: [PendingResponse] { log.pending }
    /// For each completion of `/work`: whether it had been cancelled.
    var workLog: [Bool] { log.workLog }
    /// How many pieces of the body at `/stream` were produced, and how often it finished.
    var piecesProduced: Int { log.piecesProduced }
    var streamsFinished: Int { log.streamsFinished }

    @ReactorActor
    private final class RequestLog {
        var pending: [PendingResponse] = []
        var workLog: [Bool] = []
        var piecesProduced = 0
        var streamsFinished = 0

        func stream(_ pieces: [HTTPBodyStream.Piece]) -> HTTPResponse {
            var rest = pieces[...]
            return .stream(
                HTTPBodyStream {
                    self.piecesProduced += 1
                    return rest.popFirst() ?? .end
                } onFinish: {
                    self.streamsFinished += 1
                }, .plainText)
        }
    }

    /// - Parameter pieces: the body of `/stream`.
    init(
        _ change: (inout WebSettings) -> Void = { _ in }, service: TestService = TestService(),
        pieces: [HTTPBodyStream.Piece] = [], memory: Int = MemoryBudget.defaultLimit, rates: ClientRates = ClientRates()
    ) {
        budget = MemoryBudget(limit: memory, metrics: metrics)
        var settings = WebSettings()
        change(&settings)
        let routes = Router()
        routes.get("/hello") { _ in .response(.text("hello")) }
        routes.add(.post, "/echo") { .response(.bytes($0.body, .octets)) }
        routes.get("/later") { [log] _ in .deferred { log.pending.append($0) } }
        routes.get("/eager") { _ in
            .deferred {
                $0.complete(.text("eager"))
                $0.complete(.text("twice"))
            }
        }
        routes.get("/work") { [log] _ in
            .asyncResponse {
                let gate = PendingResponse()
                log.pending.append(gate)
                await withCheckedContinuation { continuation in gate.deliver { _ in continuation.resume() } }
                log.workLog.append(Task.isCancelled)
                return .text("worked, cancelled: \(Task.isCancelled)")
            }
        }
        routes.get("/stream") { [log] _ in .response(log.stream(pieces)) }
        routes.get("/late-stream") { [log] _ in
            .asyncResponse {
                let gate = PendingResponse()
                log.pending.append(gate)
                await withCheckedContinuation { continuation in gate.deliver { _ in continuation.resume() } }
                return log.stream(pieces)
            }
        }
        routes.get("/stuck") { _ in
            .response(.stream(HTTPBodyStream { await withCheckedContinuation { Self.stuck.append($0) } }, .plainText))
        }
        routes.webSocket("/", nil, service)
        self.service = service
        server = WebServer(
            "test", settings: settings, router: routes, metrics: metrics, budget: budget, rates: rates, timers: timers)
    }

    /// The producer of the body at `/stuck` never returns.
    private static var stuck: [CheckedContinuation<HTTPBodyStream.Piece, Never>] = []

    func advance(_ span: Nanoseconds) {
        timers.advance(to: timers.now + span)
    }

    func waitForPending(_ count: Int) async {
        while pending.count < count { await TestClient.waitForIteration() }
    }

    func waitForConnections(_ count: Int) async {
        while !self.count("leadville_web_connections{server=\"test\"} \(count)") { await TestClient.waitForIteration() }
    }

    func count(_ line: String) -> Bool { String(decoding: metrics.exposition(), as: UTF8.self).contains(line + "\n") }
}

/// Adds its clients to one group and echoes their messages.
@ReactorActor
final class TestService: WebSocketService {
    let settings: WebSocketSettings
    let deflater = Deflater(threshold: 64)
    let group: BroadcastGroup
    private(set) var clients: [WebSocketClient] = []
    private(set) var disconnects = 0
    var onDisconnect: (() -> Void)?

    init(sends: SendBatch = .shared, _ change: (inout WebSocketSettings) -> Void = { _ in }) {
        var settings = WebSocketSettings()
        settings.handshake = WebSocketHandshake.Options(deflate: PerMessageDeflate.Settings())
        change(&settings)
        self.settings = settings
        group = BroadcastGroup(deflater: deflater, sends: sends)
    }

    func connected(_ client: WebSocketClient) {
        clients.append(client)
        group.add(client)
    }

    func receive(_ message: WebSocketMessage, from client: WebSocketClient) { client.send(message) }

    func disconnected(_ client: WebSocketClient) {
        clients.removeAll { $0 === client }
        disconnects += 1
        onDisconnect?()
    }

    func notice(ofDropped messages: Int) -> [UInt8]? { Array("dropped \(messages)".utf8) }

    func broadcast(_ text: String, mayBeDropped: Bool = true) {
        group.send(Array(text.utf8)[...], mayBeDropped: mayBeDropped, received: MonotonicTime(nanoseconds: 0))
    }
}
