import Clocks
import Logging
import Metrics
import Network
import Reactor

/// One web server: its listeners, its connections, and who answers them.
@ReactorActor
package final class WebServer {
    package let name: String
    package let settings: WebSettings
    let timers: TimerQueue
    private let router: Router
    private let metrics: WebMetrics
    private let log = ThrottledLog()
    private var listeners: [ConnectionListener] = []
    private var connections: [ObjectIdentifier: ClientConnection] = [:]
    private var clients: [ObjectIdentifier: WebSocketClient] = [:]
    private var sweepTimer: TimerQueue.Token?
    private var onEmpty: (() -> Void)?
    let overloadResponder: OverloadResponder
    /// Connections whose clients wait for an answer that is being worked on.
    private var waiting: Set<ObjectIdentifier> = []
    /// Whether every connection ends with its next answer.
    private(set) var isShuttingDown = false

    package init(
        _ name: String, settings: WebSettings, router: Router, metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers
    ) {
        self.name = name
        self.settings = settings
        self.router = router
        self.timers = timers
        overloadResponder = OverloadResponder(timers: timers)
        self.metrics = WebMetrics(server: name, registry: metrics)
        metrics.gauge("leadville_web_connections", "Open connections.", ["server": name]) { [weak self] in
            Double(self?.connections.count ?? 0)
        }
        metrics.gauge("leadville_web_queued_bytes", "Bytes waiting for clients.", ["server": name]) { [weak self] in
            Double(self?.connections.values.reduce(0) { $0 + $1.queuedBytes } ?? 0)
        }
    }

    /// Serves on one more endpoint; returns the address it got.
    @discardableResult
    package func listen(at endpoint: Endpoint, purpose: String) throws -> SocketAddress {
        let listener = try ConnectionListener(
            at: endpoint, purpose: purpose,
            onExhausted: { [weak self] error in
                self?.metrics.rejectedConnections.add()
                self?.log.warning("exhausted", "\(purpose): no room for another connection: \(error)")
            },
            onAccept: { [weak self] (socket: consuming StreamSocket) in self?.serve(socket) })
        listeners.append(listener)
        return listener.localAddress
    }

    /// Serves a connection, whoever accepted it.
    package func serve(_ socket: consuming StreamSocket) {
        guard connections.count < settings.maximumClients else {
            metrics.rejectedConnections.add()
            log.warning("full", "\(name): refused \(socket.peer): \(settings.maximumClients) clients are connected")
            return overloadResponder.reject(socket)
        }
        let connection = ClientConnection(socket, queueLimit: settings.queueLimit, timers: timers)
        let session = HTTPSession(connection, server: self)
        do {
            try connection.start(session)
        } catch {
            metrics.rejectedConnections.add()
            return log.warning("exhausted", "\(name): cannot watch another connection: \(error)")
        }
        metrics.connections.add()
        connections[ObjectIdentifier(connection)] = connection
    }

    /// Ends everything: WebSocket clients hear that the server goes away, what waits is sent, and who waits for an answer
    /// gets it. Whoever has not ended by the time limit is cut off.
    package func shutDown(within limit: Nanoseconds) async {
        isShuttingDown = true
        for listener in listeners { listener.close() }
        listeners = []
        for client in clients.values { client.close(.goingAway, reason: "The gateway is shutting down") }
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

    private func endIfIdle(_ connection: ClientConnection) {
        let id = ObjectIdentifier(connection)
        if clients[id] == nil, !waiting.contains(id) { connection.finish() }
    }
}

/// What the sessions ask of the server.
extension WebServer {
    func respond(to request: HTTPRequest) -> HTTPHandlerResult {
        if let preflight = settings.cors.preflight(request.head) { return .response(preflight) }
        return router.respond(to: request)
    }

    /// The answer to a request of which no more than the head needs to be known, if that is a refusal.
    func rejection(of head: HTTPRequestHead) -> HTTPResponse? {
        settings.cors.preflight(head) == nil ? router.rejection(of: head) : nil
    }

    func add(_ client: WebSocketClient, on connection: ClientConnection) {
        clients[ObjectIdentifier(connection)] = client
        metrics.webSockets.add()
        startSweep(every: client.service.settings.sweepInterval)
    }

    func remove(_ connection: ClientConnection) {
        connections[ObjectIdentifier(connection)] = nil
        clients[ObjectIdentifier(connection)] = nil
        guard connections.isEmpty else { return }
        onEmpty?()
        onEmpty = nil
    }

    func beganWaiting(_ connection: ClientConnection) { waiting.insert(ObjectIdentifier(connection)) }
    func endedWaiting(_ connection: ClientConnection) { waiting.remove(ObjectIdentifier(connection)) }

    func recordResponse(_ status: HTTPStatus) { metrics.recordResponse(status) }
    func recordReject(_ refusal: HTTPError) { metrics.recordReject(reason: refusal.reason.rawValue) }
    func recordReject(_ refusal: WebSocketHandshakeError) { metrics.recordReject(reason: refusal.rawValue) }
    func recordRequestTimeout() { metrics.timeouts.add() }
    func recordResponseTimeout() { metrics.responseTimeouts.add() }
    func recordBrokenResponse() { metrics.broken.add() }
    func recordAbandoned() { metrics.abandoned.add() }
    func recordError(_ fault: WebSocketError) { metrics.recordError(fault) }
    func recordDropped(_ frames: Int) { metrics.droppedFrames.add(frames) }
    func recordTooSlow() { metrics.tooSlow.add() }

    /// One timer looks after the liveness of all clients, and only while there are any.
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
