import Clocks
import JSON
import Metrics
import Network
import Reactor
import Web

/// What the protocols' official test suites connect to: `/engine.io/` returns every message, and `/socket.io/` has the
/// namespaces `/` and `/custom`.
///
/// - `message` is returned as `message-back`, and `message-with-ack` in its acknowledgement
/// - `question`: the server asks the client the same, and returns its acknowledgement as `answer`
/// - `leave`: the server disconnects the client from the namespace
/// - `fill COUNT SIZE`: the server sends that many `filler` events, which may be dropped for a slow client
@ReactorActor
final class SocketIOEndpoint {
    let port: UInt16
    let metrics = MetricsRegistry()
    private let server: WebServer

    /// - Parameter isPatient: without the short timeouts that the official suites expect.
    init(port: UInt16, isPatient: Bool) throws {
        var engine = EngineSettings()
        var sockets = SocketIOSettings()
        if !isPatient {
            engine.pingInterval = .milliseconds(300)
            engine.pingTimeout = .milliseconds(200)
            sockets.connectTimeout = .seconds(1)
        }
        var settings = WebSettings()
        settings.http.bodyBytes = engine.maximumPayload + 1
        settings.cors.credentialPath = "/"
        let budget = MemoryBudget(metrics: metrics)
        let access = AccessControl()
        var accessSettings = AccessControl.Settings()
        accessSettings.configuredToken = "the secret of this test"
        access.apply(accessSettings)
        let routes = Router(accessControl: access)
        let echo = EngineServer(
            "engine.io", settings: engine, service: EngineEcho(), metrics: metrics, budget: budget)
        echo.addRoutes(to: routes, path: "/engine.io/")
        // The official suites lose a message that arrives in one read with another, so the greeting waits until they
        // have read the answer to their connection.
        let delay = isPatient ? Nanoseconds.zero : .milliseconds(20)
        let services = ["/": MessageService(greetingDelay: delay), "/custom": MessageService(greetingDelay: delay)]
        let conversation = EngineServer(
            "socket.io", settings: engine, service: SocketIOServer(sockets, services: services), metrics: metrics,
            budget: budget)
        conversation.addRoutes(to: routes, path: "/socket.io/")
        routes.get("/metrics") { [metrics] _ in
            .response(.bytes(metrics.exposition(), .prometheus))
        }
        server = WebServer("socket.io", settings: settings, router: routes, metrics: metrics, budget: budget)
        self.port = try server.listen(at: Endpoint(host: "", port: port), purpose: "Socket.IO").port
    }

    func perform(_ line: String) -> String {
        switch line {
        case "shut-down":
            Task { await server.shutDown(within: .seconds(1)) }
            return "shutting down"
        default: return "error unknown command"
        }
    }
}

/// Returns every message of an Engine.IO session.
@ReactorActor
private final class EngineEcho: EngineService {
    func handler(for connection: EngineConnection) -> any EngineHandler { Handler(connection) }

    private final class Handler: EngineHandler {
        private weak var connection: EngineConnection?

        init(_ connection: EngineConnection) {
            self.connection = connection
        }

        var heldBytes: Int { 0 }
        func receive(_ message: EngineMessage) { connection?.send(EngineOutput(message)) }
        func closed() {}
    }
}

@ReactorActor
private final class MessageService: SocketIOService {
    private let greetingDelay: Nanoseconds

    init(greetingDelay: Nanoseconds) {
        self.greetingDelay = greetingDelay
    }

    func reject(_: SocketIOSocket, auth: ArraySlice<UInt8>) -> String? {
        guard let members = try? JSONMembers(parsing: auth), members["reject"] != nil else { return nil }
        return "Not welcome"
    }

    func connected(_ socket: SocketIOSocket, auth: ArraySlice<UInt8>) {
        let auth = auth.isEmpty ? Array("{}".utf8)[...] : auth
        guard greetingDelay > .zero else { return socket.emit("auth") { $0.raw(auth) } }
        EventLoop.shared.timers.after(greetingDelay) { socket.emit("auth") { $0.raw(auth) } }
    }

    func receive(_ event: SocketIOEvent, from socket: SocketIOSocket) {
        let (arguments, attachments) = (event.arguments, event.arguments.attachments)
        func write(_ writer: inout JSONWriter) {
            if !arguments.raw.isEmpty { writer.raw(arguments.raw) }
        }
        switch event.name {
        case "message": socket.emit("message-back", attachments: attachments, write)
        case "message-with-ack": socket.acknowledge(event, attachments: attachments, write)
        case "question":
            socket.emit("question", attachments: attachments, acknowledgedWithin: .seconds(5), write) {
                [weak socket] answer in
                socket?.emit("answer", attachments: answer?.attachments ?? []) { writer in
                    if let answer, !answer.raw.isEmpty { writer.raw(answer.raw) } else { writer.null() }
                }
            }
        case "may-change":
            socket.acknowledge(event) { $0.string(socket.changeReject?.rawValue ?? "yes") }
        case "leave": socket.disconnect()
        case "fill":
            let numbers = arguments.tokens.compactMap { arguments.integer($0).map(Int.init) }
            guard numbers.count == 2 else { return }
            for number in 0..<numbers[0] {
                socket.send(
                    SocketIOEncoder.event("filler", namespace: socket.namespace, .telemetry) { writer in
                        writer.integer(number)
                        writer.string(String(repeating: "x", count: numbers[1]))
                    })
            }
        default: break
        }
    }

    func receive(unusable error: JSONError, from socket: SocketIOSocket) {
        socket.emit("error") { $0.string("\(error)") }
    }

    func disconnected(_: SocketIOSocket) {}
}
