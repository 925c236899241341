import Clocks
import Logging
import Metrics
import Network
import Reactor

/// Why a session ended. The raw value is the metric label.
package enum EngineCloseReason: String, CaseIterable, Sendable {
    case closedByClient = "closed_by_client"
    /// The WebSocket or the connection of a poll was closed.
    case transportClosed = "transport_closed"
    case pingTimeout = "ping_timeout"
    /// A packet or request was invalid.
    case rejected
    case tooSlow = "too_slow"
    case revoked
    /// The client was connected to no namespace for too long.
    case notConnected = "not_connected"
    case evicted
    case shutDown = "shut_down"

    var webSocketCode: WebSocketCloseCode {
        switch self {
        case .closedByClient, .transportClosed: .normal
        case .rejected: .protocolError
        case .pingTimeout, .tooSlow, .notConnected, .revoked: .policyViolation
        case .evicted: .tryAgainLater
        case .shutDown: .goingAway
        }
    }

    /// The reason in the close frame.
    var text: String {
        switch self {
        case .closedByClient, .transportClosed: ""
        case .pingTimeout: "The ping was not answered"
        case .rejected: "A packet was invalid"
        case .tooSlow: "Too slow for messages that must not be dropped"
        case .revoked: "The access token was revoked"
        case .notConnected: "Not connected to a namespace in time"
        case .evicted: "The gateway is short of memory"
        case .shutDown: "The gateway is shutting down"
        }
    }
}

/// What a server of Engine.IO carries.
@ReactorActor
package protocol EngineService: AnyObject {
    /// The receiver of a new session's messages.
    func handler(for connection: EngineConnection) -> any EngineHandler
}

/// A server of Engine.IO 4: polling and WebSocket sessions on one path.
@ReactorActor
package final class EngineServer {
    let settings: EngineSettings
    let metrics: EngineMetrics
    let budget: MemoryBudget
    let timers: TimerQueue
    let webSocketSettings: WebSocketSettings
    private let name: String
    private let service: any EngineService
    /// Of the port that it serves.
    private(set) var access = AccessControl()
    private var connections: [String: EngineConnection] = [:]
    private var limits: ConnectionLimits
    private let log = ThrottledLog()

    /// - Parameter name: the label of its metrics.
    package init(
        _ name: String, settings: EngineSettings, service: any EngineService, metrics: MetricsRegistry,
        budget: MemoryBudget, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.name = name
        self.settings = settings
        self.budget = budget
        self.timers = timers
        self.service = service
        self.metrics = EngineMetrics(server: name, registry: metrics)
        limits = ConnectionLimits(
            maximum: settings.maximumSessions, perAddress: settings.maximumSessionsPerAddress)
        var webSocket = WebSocketSettings()
        webSocket.limits = WebSocketLimits(messageBytes: settings.maximumPayload)
        // The protocol has pings of its own.
        webSocket.keepalive = .off
        webSocketSettings = webSocket
        budget.add { [weak self] in self?.connections.values.map(\.self) ?? [] }
        self.metrics.addGauges { [weak self] transport in
            self?.connections.values.count { $0.transport == transport } ?? 0
        }
    }

    /// Serves a path, which ends with a slash.
    /// - Parameter messages: those of the receiver, for `/asyncapi.json`.
    package func addRoutes(to router: Router, path: String, messages: SocketDescription? = nil) {
        access = router.accessControl
        access.onRevocation { [weak self] tokens in
            for connection in self?.connections.values.map(\.self) ?? [] {
                if let token = connection.access.token, tokens.contains(token.id) { connection.close(.revoked) }
            }
        }
        let opening = Self.description(of: .get)
        // A token may come in a message: who may read is checked when a client connects to a namespace, who may change
        // something when its messages arrive.
        router.add(.get, path, messages.map(opening.messages) ?? opening, access: .open) { [self] in respond(to: $0) }
        router.add(.post, path, Self.description(of: .post), access: .open) { [self] in respond(to: $0) }
        router.setMethodError(path, status: .badRequest) { EngineRequestError.badMethod.response }
        router.onShutDown { [self] in shutDown() }
    }

    private static func description(of method: HTTPMethod) -> RouteDescription {
        let isGet = method == .get
        let description = RouteDescription(
            isGet ? "Opens a session, or receives its packets" : "Sends packets of a session", in: "Socket.IO",
            errors: .named(
                "EngineError", .object(["code": .integer(in: 0...5), "message": .string, "detail": .string]))
        )
        .text("Version 4 of Engine.IO, below version 5 of Socket.IO; use a client of Socket.IO.")
        .query("EIO", .choice("4"), "The version", isRequired: true)
        .query("transport", .choice("polling", "websocket"), "How packets are exchanged", isRequired: true)
        .query("sid", .string, isGet ? "The session; none to open one" : "The session", isRequired: !isGet)
        .responds(.ok, as: .plainText, .string)
        return isGet
            ? description.fails(.badRequest, .forbidden, .serviceUnavailable)
            : description.body(.string, as: .plainText).fails(.badRequest, .forbidden, .contentTooLarge)
    }

    /// Ends all sessions.
    func shutDown() {
        for connection in connections.values.map(\.self) { connection.close(.shutDown) }
    }

    private func respond(to request: HTTPRequest) -> HTTPHandlerResult {
        do throws(EngineRequestError) {
            let parsed = try EngineRequest(request.head)
            // Scripts are loaded without an origin, so a foreign page could read what CORS keeps from it.
            guard parsed.jsonp == nil || !access.rejectsReads else { throw .forbidden }
            return try perform(parsed, request)
        } catch {
            metrics.countReject(error)
            if error == .unsupportedVersion {
                log.warning(
                    "version",
                    "\(name): rejected a client at \(request.peer.host) that does not speak version 4 of Engine.IO. "
                        + "Use a Socket.IO client of version 3 or later")
            }
            return .response(error.response)
        }
    }

    private func perform(
        _ request: EngineRequest, _ original: HTTPRequest
    ) throws(EngineRequestError) -> HTTPHandlerResult {
        switch request.action {
        case .open:
            if request.isWebSocket { return .webSocket(EngineWebSocket(self, .opening)) }
            guard let connection = open(original.peer, over: nil, access.client(of: original)) else {
                throw .tooManySessions
            }
            return .response(Self.response([connection.openPacket(upgrades: true)], jsonp: request.jsonp))
        case .upgrade(let id):
            let connection = try connection(id, original.head)
            return .webSocket(EngineWebSocket(self, .upgrading(connection)))
        case .poll(let id): return try connection(id, original.head).respondToPoll(jsonp: request.jsonp)
        case .post(let id): return try connection(id, original.head).receivePost(original, jsonp: request.jsonp)
        }
    }

    private func connection(_ id: String, _ head: HTTPRequestHead) throws(EngineRequestError) -> EngineConnection {
        guard let connection = connections[id] else { throw .unknownSession }
        connection.access.restrict(head)
        return connection
    }

    // MARK: Sessions

    /// Opens a session; nil if the limit is reached.
    func open(_ peer: SocketAddress, over client: WebSocketClient?, _ access: ClientAccess) -> EngineConnection? {
        guard limits.add(peer.ipAddress) == nil else { return nil }
        let connection = EngineConnection(self, peer: peer, over: client, access: access)
        connections[connection.id] = connection
        metrics.opened.add()
        client?.send(connection.openPacket(upgrades: false).frames)
        connection.start(service.handler(for: connection))
        return connection
    }

    func remove(_ connection: EngineConnection, _ reason: EngineCloseReason) {
        guard connections.removeValue(forKey: connection.id) != nil else { return }
        limits.remove(connection.peer.ipAddress)
        metrics.countEnd(reason)
    }

    // MARK: Responses

    static func response(_ outputs: [EngineOutput], jsonp: String?) -> HTTPResponse {
        var body: [UInt8] = []
        for output in outputs { EnginePayloadWriter.append(output, to: &body) }
        return response(body, jsonp: jsonp)
    }

    /// The response to a POST request whose packets were accepted.
    static func confirmation(jsonp: String?) -> HTTPResponse {
        var response = HTTPResponse.bytes(Array("ok".utf8), jsonp == nil ? .plainText : .html)
        response.headers.add("Cache-Control", "no-store")
        return response
    }

    private static func response(_ body: [UInt8], jsonp: String?) -> HTTPResponse {
        var response =
            jsonp.map { HTTPResponse.bytes(EngineJSONP.script(calling: $0, with: body), .javaScript) }
            ?? .bytes(body, .plainText)
        if jsonp != nil { response.headers.add("X-Content-Type-Options", "nosniff") }
        response.headers.add("Cache-Control", "no-store")
        return response
    }
}
