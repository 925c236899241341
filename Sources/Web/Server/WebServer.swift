import Clocks
import Logging
import Metrics
import Network
import Reactor

/// Limits and timeouts of a web server.
package struct WebSettings: Sendable {
    package var http = HTTPLimits()
    /// From the first byte of a request to its last.
    package var requestTimeout = Nanoseconds.seconds(10)
    /// How long a response may be pending before the client gets 503.
    package var responseTimeout = Nanoseconds.seconds(30)
    /// How long a connection may stay open without a request.
    package var idleTimeout = Nanoseconds.seconds(60)
    package var maximumClients = 5_000
    /// Programs on the same machine are exempt.
    package var maximumClientsPerAddress = 250
    /// How many bytes may be queued for a slow client.
    package var queueLimit = 1 << 20
    package var cors = CORSPolicy()
    /// Whether clients on other machines must use TLS.
    package var requiresTLS = false

    package init() {}
}

/// A web server: its listeners, its connections and its router.
@ReactorActor
package final class WebServer {
    package let name: String
    package let settings: WebSettings
    let timers: TimerQueue
    private let budget: MemoryBudget
    private let tls: TLSService?
    private var limits: ConnectionLimits
    private let rates: ClientRates
    let router: Router
    private let metrics: WebMetrics
    private let log = ThrottledLog()
    private var listeners: [ConnectionListener] = []
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var clients: [ObjectIdentifier: WebSocketClient] = [:]
    private var sweepTimer: TimerQueue.Token?
    private var onEmpty: (() -> Void)?
    let overloadResponder: OverloadResponder
    /// Connections with a pending response.
    private var waiting: Set<ObjectIdentifier> = []
    /// Whether every connection ends with its next response.
    private(set) var isShuttingDown = false

    package init(
        _ name: String, settings: WebSettings, router: Router, metrics: MetricsRegistry, budget: MemoryBudget,
        rates: ClientRates = ClientRates(), tls: TLSService? = nil, timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.name = name
        self.rates = rates
        self.tls = tls
        self.settings = settings
        self.router = router
        self.timers = timers
        self.budget = budget
        limits = ConnectionLimits(
            maximum: settings.maximumClients, perAddress: settings.maximumClientsPerAddress,
            limitsThisMachine: rates.settings.limitsThisMachine)
        overloadResponder = OverloadResponder(timers: timers, budget: budget)
        self.metrics = WebMetrics(server: name, registry: metrics)
        budget.add { [weak self] in self?.connections.values.map(\.self) ?? [] }
        router.accessControl.onRevocation { [weak self] in self?.close(ofTokens: $0) }
        metrics.gauge("leadville_web_connections", "Open connections.", ["server": name]) { [weak self] in
            Double(self?.connections.count ?? 0)
        }
        metrics.gauge("leadville_web_queued_bytes", "Bytes queued for clients.", ["server": name]) { [weak self] in
            Double(self?.connections.values.reduce(0) { $0 + $1.queuedBytes } ?? 0)
        }
    }

    /// Adds a listener; returns its address.
    @discardableResult
    package func listen(at endpoint: Endpoint, purpose: String) throws -> SocketAddress {
        let listener = try ConnectionListener(
            at: endpoint, purpose: purpose,
            onExhausted: { [weak self] error in
                self?.metrics.rejectedConnections.add()
                self?.log.warning("exhausted", "\(purpose): connection not accepted: \(error)")
            },
            onAccept: { [weak self] (socket: consuming StreamSocket) in self?.serve(socket) })
        listeners.append(listener)
        return listener.localAddress
    }

    /// Serves an accepted connection.
    package func serve(_ socket: consuming StreamSocket) {
        let address = socket.peer.ipAddress
        if let reject = limits.add(address) {
            record(reject, socket.peer)
            return overloadResponder.reject(socket)
        }
        var socket = socket
        if let context = tls?.context { socket.acceptTLS(context) }
        let connection = ClientConnection(
            socket, queueLimit: settings.queueLimit, timers: timers, budget: budget)
        let wait = countConnection(from: connection.peer)
        let session = HTTPSession(connection, server: self, after: wait)
        do {
            try connection.start(session, after: wait)
        } catch {
            metrics.rejectedConnections.add()
            limits.remove(address)
            return log.warning("exhausted", "\(name): connection not watched: \(error)")
        }
        metrics.connections.add()
        connections[ObjectIdentifier(connection)] = connection
    }

    /// How long a new connection waits; nil if it need not. It holds one of its address's places meanwhile, which limits how
    /// many wait.
    private func countConnection(from peer: SocketAddress) -> Nanoseconds? {
        guard let wait = rates.countConnection(from: peer.ipAddress, at: timers.now) else { return nil }
        metrics.delayedConnections.add()
        log.warning(
            "new connections",
            """
            \(name): delayed connections of \(peer.host): more than \(rates.settings.connectionsPerSecond) a second \
            (web.connections_per_address)
            """)
        return wait
    }

    private func record(_ reject: ConnectionLimits.Reject, _ peer: SocketAddress) {
        metrics.rejectedConnections.add()
        metrics.recordLimit(reject)
        let reason =
            reject == .address
            ? "its address has \(settings.maximumClientsPerAddress) connections (web.maximum_clients_per_address)"
            : "the limit of \(settings.maximumClients) clients is reached"
        log.warning(reject.rawValue, "\(name): rejected \(peer): \(reason)")
    }

    /// Shuts down gracefully: WebSocket clients get a close frame, queued output is sent, and pending responses are
    /// completed. After the time limit all connections are closed.
    package func shutDown(within limit: Nanoseconds) async {
        isShuttingDown = true
        for listener in listeners { listener.close() }
        listeners = []
        router.shutDown()
        for client in clients.values {
            client.close(client.service.shutdownCode, reason: "The gateway is shutting down")
        }
        for connection in connections.values where connection.isOpen { endIfIdle(connection) }
        guard !connections.isEmpty else { return }
        await withCheckedContinuation { continuation in
            let cutOff = timers.after(limit) { [weak self] in
                for connection in self?.connections.values.map(\.self) ?? [] { connection.close() }
            }
            onEmpty = { [timers] in
                timers.cancel(cutOff)
                continuation.resume()
            }
        }
    }

    /// Closes what revoked tokens have opened: WebSockets, and responses that are still being sent.
    private func close(ofTokens tokens: Set<String>) {
        for client in clients.values.map(\.self) where client.access.token.map({ tokens.contains($0.id) }) ?? false {
            client.revoke()
        }
        for (id, connection) in connections.map({ ($0, $1) }) where clients[id] == nil {
            if let token = connection.tokenID, tokens.contains(token) { connection.close() }
        }
    }

    private func endIfIdle(_ connection: ClientConnection) {
        let id = ObjectIdentifier(connection)
        if clients[id] == nil, !waiting.contains(id) { connection.finish() }
    }
}

/// The server's interface for its sessions.
extension WebServer {
    /// The router completes the request.
    func respond(to request: inout HTTPRequest) -> HTTPHandlerResult {
        if let preflight = settings.cors.preflight(request.head) { return .response(preflight) }
        return router.answer(&request)
    }

    /// The response to a request that is rejected by its head alone.
    func rejection(of head: HTTPRequestHead, from peer: SocketAddress) -> HTTPResponse? {
        settings.cors.preflight(head) == nil ? router.rejection(of: head, from: peer) : nil
    }

    /// How long the host of a request must wait, because it sends too many; nil if the request is accepted.
    func limitRequest(_ head: HTTPRequestHead, from peer: SocketAddress, at now: MonotonicTime) -> Nanoseconds? {
        let host = router.accessControl.address(peer.ipAddress, head)
        guard let wait = rates.admitRequest(from: host, at: now) else { return nil }
        let limit = rates.settings.requestsPerSecond
        metrics.rejectedRequests.add()
        log.warning(
            "requests",
            "\(name): rejected requests of \(peer.host): more than \(limit) a second (web.requests_per_address)")
        return wait
    }

    func tooManyRequests(_ wait: Nanoseconds) -> HTTPResponse {
        .tooManyRequests(limit: rates.settings.requestsPerSecond, wait: wait)
    }

    /// How long the next message of a client waits; nil if it need not.
    func countMessage(of client: WebSocketClient, at now: MonotonicTime) -> Nanoseconds? {
        guard let wait = rates.countMessage(from: client.access.address, at: now) else { return nil }
        metrics.delayedMessages.add()
        log.warning(
            "messages",
            """
            \(name): delayed messages of \(client.peer.host): more than \(rates.settings.messagesPerSecond) a second \
            (web.messages_per_address)
            """)
        return wait
    }

    func add(_ client: WebSocketClient, on connection: ClientConnection) {
        clients[ObjectIdentifier(connection)] = client
        metrics.webSockets.add()
        startSweep(every: client.service.settings.sweepInterval)
    }

    func admitWebSocket() -> Bool {
        let isAdmitted = limits.addWebSocket()
        if !isAdmitted { metrics.recordLimit(.webSockets) }
        return isAdmitted
    }

    func removeWebSocket() { limits.removeWebSocket() }

    func remove(_ connection: ClientConnection) {
        if connections.removeValue(forKey: ObjectIdentifier(connection)) != nil {
            limits.remove(connection.peer.ipAddress)
        }
        clients[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        onEmpty?()
        onEmpty = nil
    }

    func beganWaiting(_ connection: ClientConnection) { waiting.insert(ObjectIdentifier(connection)) }
    func endedWaiting(_ connection: ClientConnection) { waiting.remove(ObjectIdentifier(connection)) }

    func recordResponse(_ status: HTTPStatus) { metrics.recordResponse(status) }
    func recordReject(_ error: HTTPError) { metrics.recordReject(reason: error.reason.rawValue) }
    func recordReject(_ error: WebSocketHandshakeError) { metrics.recordReject(reason: error.rawValue) }
    func recordRequestTimeout() { metrics.timeouts.add() }
    func recordResponseTimeout() { metrics.responseTimeouts.add() }
    func recordBrokenResponse() { metrics.broken.add() }
    func recordAbandoned() { metrics.abandoned.add() }
    func recordError(_ fault: WebSocketError) { metrics.recordError(fault) }
    func recordDropped(_ frames: Int) { metrics.droppedFrames.add(frames) }
    func recordTooSlow() { metrics.tooSlow.add() }

    /// One timer checks the liveness of all clients, and only runs while there are any.
    private func startSweep(every interval: Nanoseconds) {
        guard sweepTimer == nil else { return }
        sweepTimer = timers.after(interval) { [weak self] in
            guard let self else { return }
            sweepTimer = nil
            for client in clients.values.map(\.self) { client.tick(timers.now) }
            if !clients.isEmpty { startSweep(every: interval) }
        }
    }
}

/// Answers connections above the limit with 503. Closing at once would lose the response for a client that is still
/// sending, so up to `maximumPending` connections stay open for at most two seconds; any others are closed at once.
@ReactorActor
final class OverloadResponder {
    private let timers: TimerQueue
    private let budget: MemoryBudget
    private(set) var pending: Set<ObjectIdentifier> = []

    static let maximumPending = 64

    private static let response: FrameBatch = {
        let response = HTTPResponse.overload("The connection limit is reached. Try again later.\n")
        var bytes: [UInt8] = []
        response.append(to: &bytes, persistence: .close, date: SystemClock.wall())
        return FrameBatch(direct: bytes)
    }()

    init(timers: TimerQueue, budget: MemoryBudget) {
        self.timers = timers
        self.budget = budget
    }

    func reject(_ socket: consuming StreamSocket) {
        guard pending.count < Self.maximumPending else {
            _ = socket.write(Self.response.bytes, from: 0)
            return socket.finishWriting()
        }
        let connection = ClientConnection(socket, queueLimit: 0, timers: timers, budget: budget)
        guard (try? connection.start(RejectedConnection(connection, of: self))) != nil else { return }
        pending.insert(ObjectIdentifier(connection))
        connection.send(Self.response)
        connection.finish()
    }

    /// Discards all input: the response is already queued.
    private final class RejectedConnection: ConnectionHandler {
        private let id: ObjectIdentifier
        private let responder: OverloadResponder

        init(_ connection: ClientConnection, of responder: OverloadResponder) {
            id = ObjectIdentifier(connection)
            self.responder = responder
        }

        func receive(_: ArraySlice<UInt8>) -> ArraySlice<UInt8> { [] }
        var heldBytes: Int { 0 }
        func farewell() -> [UInt8] { [] }
        func produceOutput() {}
        func inputEnded() {}
        func closed() { responder.pending.remove(id) }
        func dropped(_: Int) {}
        func overflowed() {}
        func drained() {}
    }
}

extension HTTPResponse {
    /// The response when a limit of the server is reached.
    static func overload(_ text: String) -> Self {
        var response = HTTPResponse.text(text, status: .serviceUnavailable)
        response.headers.add("Retry-After", "5")
        return response
    }
}
