import Clocks
import Network
import Reactor

/// One client of a WebSocket endpoint.
@ReactorActor
package final class WebSocketClient: ConnectionHandler {
    /// Where in its broadcast group the client sits.
    struct Membership {
        unowned let group: BroadcastGroup
        let lane: Int
        var index: Int
    }

    package let service: any WebSocketService
    let connection: ClientConnection
    var membership: Membership?
    /// Held until the connection ends: a server does not go before its last client.
    private let server: WebServer
    private var stateMachine: WebSocketStateMachine
    private let timers: TimerQueue
    /// Messages dropped since the client last had nothing waiting.
    private var droppedMessages = 0

    init(
        _ connection: ClientConnection, service: any WebSocketService, deflate: PerMessageDeflate.Agreement?,
        server: WebServer
    ) {
        self.connection = connection
        self.service = service
        self.server = server
        timers = server.timers
        let settings = service.settings
        stateMachine = WebSocketStateMachine(
            limits: settings.limits, deflate: deflate, keepalive: settings.keepalive, now: timers.now)
    }

    package var peer: SocketAddress { connection.peer }
    package var isOpen: Bool { stateMachine.isOpen && connection.isOpen }
    /// How many bytes wait for the client.
    package var queuedBytes: Int { connection.queuedBytes }
    /// How far back compressed messages for this client may refer; nil when nothing is compressed.
    var deflate: PerMessageDeflate.Agreement? { stateMachine.deflate }

    /// Takes the connection over, with the answer to its opening handshake.
    func start(handshakeResponse response: [UInt8]) {
        connection.handOver(to: self)
        connection.send(FrameBatch(direct: response))
        server.add(self, on: connection)
        service.connected(self)
    }

    /// Sends a message to this client alone, after everything that its group has said so far. It is never dropped.
    package func send(_ text: [UInt8]) {
        send(WebSocketMessage(.text, text))
    }

    package func send(_ message: WebSocketMessage) {
        var output: [UInt8] = []
        guard stateMachine.send(message, deflater: service.deflater, output: &output) else { return }
        transmit(output)
    }

    package func close(_ code: WebSocketCloseCode, reason: String) {
        var output: [UInt8] = []
        stateMachine.close(code, reason: reason, now: timers.now, output: &output)
        transmit(output)
    }

    /// Called now and then: pings a client that is silent, gives up on one that stays so.
    func tick(_ now: MonotonicTime) {
        var output: [UInt8] = []
        let event = stateMachine.tick(now: now, output: &output)
        transmit(output)
        if let event { handle(event) }
    }

    func receive(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var input = bytes
        var output: [UInt8] = []
        while connection.hasRoomForResponses, let event = stateMachine.next(&input, now: timers.now, output: &output) {
            transmit(output)
            output.removeAll()
            handle(event)
        }
        transmit(output)
        return input
    }

    func inputEnded() {
        _ = stateMachine.streamEnded()
        connection.finish()
    }

    func closed() {
        _ = stateMachine.streamEnded()
        membership?.group.remove(self)
        server.remove(connection)
        service.disconnected(self)
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
        guard droppedMessages > 0 else { return }
        defer { droppedMessages = 0 }
        if let notice = service.notice(ofDropped: droppedMessages) { send(notice) }
    }

    private func handle(_ event: WebSocketEvent) {
        switch event {
        case .message(let message):
            service.receive(message, from: self)
        case .ended(let end):
            if case .failed(let fault) = end.cause { server.recordError(fault) }
            connection.finish()
        }
    }

    private func transmit(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        membership?.group.flush(self)
        connection.send(FrameBatch(direct: bytes))
    }
}
