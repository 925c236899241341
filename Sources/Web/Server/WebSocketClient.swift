import Clocks
import Network
import Reactor

/// Serves the clients of one WebSocket endpoint.
@ReactorActor
package protocol WebSocketService: AnyObject {
    var settings: WebSocketSettings { get }
    /// Compresses messages for clients that negotiated it; nil without compression.
    var deflater: Deflater? { get }
    func connected(_ client: WebSocketClient)
    func receive(_ message: WebSocketMessage, from client: WebSocketClient)
    /// Called once for every connected client, as the last call.
    func disconnected(_ client: WebSocketClient)
    /// The message for a client that has caught up, after this many messages were dropped.
    func notice(ofDropped messages: Int) -> [UInt8]?
    /// The code with which clients are closed when the server shuts down.
    var shutdownCode: WebSocketCloseCode { get }
    /// Whether it checks itself who may read, because tokens are presented in messages of its own protocol.
    var checksTokens: Bool { get }
}

extension WebSocketService {
    package var shutdownCode: WebSocketCloseCode { .goingAway }
    package var checksTokens: Bool { false }
}

/// The options and limits of an endpoint.
package struct WebSocketSettings: Sendable {
    package var handshake = WebSocketHandshake.Options()
    package var limits = WebSocketLimits()
    package var keepalive = WebSocketKeepalive()

    package init() {}

    /// Frequent enough that no deadline is missed by more than a quarter.
    var sweepInterval: Nanoseconds {
        let shortest = min(
            keepalive.pingInterval ?? keepalive.pongTimeout, keepalive.pongTimeout, limits.closeTimeout,
            limits.messageTimeout)
        return max(.milliseconds(50), shortest / 4)
    }
}

/// One client of a WebSocket endpoint.
@ReactorActor
package final class WebSocketClient: ConnectionHandler {
    /// The client's position in its broadcast group.
    struct Membership {
        unowned let group: BroadcastGroup
        let partition: Int
        var index: Int
    }

    package let service: any WebSocketService
    /// What this client may do.
    package let access: ClientAccess
    let connection: ClientConnection
    var membership: Membership?
    /// Retained until the connection ends, so that the server outlives its clients.
    private let server: WebServer
    private var stateMachine: WebSocketStateMachine
    private let timers: TimerQueue
    /// Messages dropped since the client's queue was last empty.
    private var droppedMessages = 0
    /// Further messages of the client wait, because the reply to the last one is being prepared.
    private var isPaused = false
    /// Produces messages as the client receives them.
    private var source: (() -> [UInt8]?)?
    /// The first message may present a token.
    private var isFirstMessage = true
    /// Whether the service knows this client. It does not before a token has been presented that it needs.
    private var isConnected = false
    private var tokenTimer: TimerQueue.Token?
    /// While it is set, further messages wait, because the host has sent too many.
    private var restTimer: TimerQueue.Token?

    /// How long a client may take to present its token.
    private static let tokenTimeout = Nanoseconds.seconds(10)
    /// A client that must wait does so at least this long, and then sends several messages.
    private static let shortestRest = Nanoseconds.milliseconds(10)

    init(
        _ connection: ClientConnection, service: any WebSocketService, deflate: PerMessageDeflate.Agreement?,
        access: ClientAccess, server: WebServer
    ) {
        self.connection = connection
        self.service = service
        self.access = access
        self.server = server
        timers = server.timers
        let settings = service.settings
        stateMachine = WebSocketStateMachine(
            limits: settings.limits, deflate: deflate, keepalive: settings.keepalive, now: timers.now)
    }

    /// Why this client may not change anything; nil if it may.
    package var changeReject: AccessReject? { access.reject(.operates) }
    package var peer: SocketAddress { connection.peer }
    package var isOpen: Bool { stateMachine.isOpen && connection.isOpen }
    package var queuedBytes: Int { connection.queuedBytes }
    /// The negotiated compression; nil if there is none.
    var deflate: PerMessageDeflate.Agreement? { stateMachine.deflate }

    /// Takes over the connection and sends the response to the opening handshake.
    func start(handshakeResponse response: [UInt8]) {
        connection.handOver(to: self)
        connection.send(FrameBatch(direct: response))
        server.add(self, on: connection)
        if service.checksTokens || access.reject(.reads) == nil { return connect() }
        tokenTimer = timers.after(Self.tokenTimeout) { [weak self] in
            self?.close(.policyViolation, reason: "No access token arrived in time")
        }
    }

    private func connect() {
        isConnected = true
        service.connected(self)
    }

    /// The token of this client was revoked: it receives nothing more.
    func revoke() {
        source = nil
        membership?.group.remove(self)
        close(.policyViolation, reason: "The access token was revoked")
    }

    /// Sends a message to this client alone, after all messages of its group so far. It is never dropped.
    package func send(_ text: [UInt8]) {
        send(WebSocketMessage(.text, text))
    }

    package func send(_ message: WebSocketMessage) {
        var output: [UInt8] = []
        guard stateMachine.send(message, deflater: service.deflater, output: &output) else { return }
        transmit(output)
    }

    /// Sends a message that several clients receive, from the same bytes.
    package func send(_ message: FrameBatch) {
        guard stateMachine.isOpen else { return }
        membership?.group.flush(self)
        connection.send(message)
    }

    /// Sends the messages that `source` returns until it returns nil, each when the client has room for it. Other
    /// messages are sent between them.
    package func send(from source: @escaping @ReactorActor () -> [UInt8]?) {
        self.source = source
        produceOutput()
        if self.source != nil { connection.requestShare() }
    }

    func produceOutput() {
        while let source, isOpen, connection.admitsRequest {
            guard let message = source() else {
                self.source = nil
                return
            }
            send(message)
            connection.countRequest()
        }
    }

    /// Retains further messages of the client until `resume`, so that it receives its replies in order.
    package func pause() { isPaused = true }

    package func resume() {
        isPaused = false
        connection.requestShare()
    }

    package func close(_ code: WebSocketCloseCode, reason: String) {
        var output: [UInt8] = []
        stateMachine.close(code, reason: reason, now: timers.now, output: &output)
        transmit(output)
    }

    /// Called periodically: pings a silent client, and closes the connection of one that does not respond.
    func tick(_ now: MonotonicTime) {
        // A message cannot continue while nothing is read.
        if !connection.isReading { stateMachine.excuseDelay(now: now) }
        var output: [UInt8] = []
        let event = stateMachine.tick(now: now, output: &output)
        transmit(output)
        if let event { handle(event) }
    }

    var heldBytes: Int { stateMachine.heldBytes }

    func farewell() -> [UInt8] {
        var output: [UInt8] = []
        stateMachine.close(
            .tryAgainLater, reason: "The gateway is short of memory, and this connection held most of it",
            now: timers.now, output: &output)
        return output
    }

    func receive(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var input = bytes
        var output: [UInt8] = []
        while !isPaused, restTimer == nil, connection.admitsRequest,
            let event = stateMachine.next(&input, now: timers.now, output: &output)
        {
            transmit(output)
            output.removeAll()
            handle(event)
            let now = connection.countRequest()
            if case .message = event, let wait = server.countMessage(of: self, at: now) { rest(wait) }
        }
        transmit(output)
        return input
    }

    private func rest(_ span: Nanoseconds) {
        guard connection.isOpen else { return }
        restTimer = timers.after(max(span, Self.shortestRest)) { [weak self] in
            self?.restTimer = nil
            self?.connection.requestShare()
        }
    }

    func inputEnded() {
        _ = stateMachine.streamEnded()
        connection.finish()
    }

    func closed() {
        _ = stateMachine.streamEnded()
        source = nil
        membership?.group.remove(self)
        tokenTimer.map(timers.cancel)
        restTimer.map(timers.cancel)
        server.removeWebSocket()
        server.remove(connection)
        if isConnected { service.disconnected(self) }
    }

    func dropped(_ frames: Int) {
        droppedMessages += frames
        server.recordDropped(frames)
    }

    func overflowed() {
        server.recordTooSlow()
        close(.policyViolation, reason: "Too slow for events that must not be dropped")
        connection.finish()
    }

    func drained() {
        if source != nil { connection.requestShare() }
        guard droppedMessages > 0 else { return }
        defer { droppedMessages = 0 }
        if let notice = service.notice(ofDropped: droppedMessages) { send(notice) }
    }

    private func handle(_ event: WebSocketEvent) {
        switch event {
        case .message(let message):
            if isFirstMessage {
                isFirstMessage = false
                if let token = SignInMessage.token(in: message) { return signIn(with: token) }
            }
            guard isConnected else {
                return close(.policyViolation, reason: "The first message must present an access token")
            }
            service.receive(message, from: self)
        case .ended(let end):
            if case .failed(let fault) = end.cause { server.recordError(fault) }
            connection.finish()
        }
    }

    private func signIn(with token: String) {
        access.present(token)
        send(SignInMessage.reply(to: access))
        guard !isConnected else { return }
        tokenTimer.take().map(timers.cancel)
        guard let reject = access.reject(.reads) else { return connect() }
        access.count(reject)
        close(.policyViolation, reason: reject.message)
    }

    private func transmit(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        membership?.group.flush(self)
        connection.send(FrameBatch(direct: bytes))
    }
}
