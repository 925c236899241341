import Clocks
import Network
import Reactor

/// One client of a WebSocket endpoint.
@ReactorActor
package final class WebSocketClient: ConnectionOwner {
    /// Where in its broadcast group the client sits.
    struct Seat {
        unowned let group: BroadcastGroup
        let lane: Int
        var index: Int
    }

    package let service: any WebSocketService
    let connection: ClientConnection
    var seat: Seat?
    /// Held until the connection ends: a server does not go before its last client.
    private let server: WebServer
    private var conversation: WebSocketConversation
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
        conversation = WebSocketConversation(
            limits: settings.limits, deflate: deflate, keepalive: settings.keepalive, now: timers.now)
    }

    package var peer: SocketAddress { connection.peer }
    package var isOpen: Bool { conversation.isOpen && connection.isOpen }
    /// How many bytes wait for the client.
    package var queuedBytes: Int { connection.queuedBytes }
    /// How far back compressed messages for this client may refer; nil when nothing is compressed.
    var deflate: PerMessageDeflate.Agreement? { conversation.deflate }

    /// Takes the connection over, with the answer to its opening handshake.
    func start(answering response: [UInt8]) {
        connection.handOver(to: self)
        connection.send(FrameBatch(answer: response))
        server.began(self, on: connection)
        service.connected(self)
    }

    /// Sends a message to this client alone, after everything that its group has said so far. It is never dropped.
    package func send(_ text: [UInt8]) {
        send(WebSocketMessage(.text, text))
    }

    package func send(_ message: WebSocketMessage) {
        var output: [UInt8] = []
        guard conversation.send(message, deflater: service.deflater, output: &output) else { return }
        transmit(output)
    }

    package func close(_ code: WebSocketCloseCode, reason: String) {
        var output: [UInt8] = []
        conversation.close(code, reason: reason, now: timers.now, output: &output)
        transmit(output)
    }

    /// Called now and then: pings a client that is silent, gives up on one that stays so.
    func tick(_ now: MonotonicTime) {
        var output: [UInt8] = []
        let event = conversation.tick(now: now, output: &output)
        transmit(output)
        if let event { handle(event) }
    }

    func received(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var input = bytes
        var output: [UInt8] = []
        while connection.hasRoomForAnswers, let event = conversation.next(&input, now: timers.now, output: &output) {
            transmit(output)
            output.removeAll()
            handle(event)
        }
        transmit(output)
        return input
    }

    func inputEnded() {
        _ = conversation.streamEnded()
        connection.finish()
    }

    func closed() {
        _ = conversation.streamEnded()
        seat?.group.remove(self)
        server.ended(connection)
        service.disconnected(self)
    }

    func dropped(_ frames: Int) {
        droppedMessages += frames
        server.count(dropped: frames)
    }

    func overflowed() {
        server.countTooSlow()
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
            service.received(message, from: self)
        case .ended(let end):
            if case .failed(let fault) = end.cause { server.count(fault: fault) }
            connection.finish()
        }
    }

    private func transmit(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return }
        seat?.group.settle(self)
        connection.send(FrameBatch(answer: bytes))
    }
}
