import Clocks
import Reactor

/// HTTP/1.1 on a connection. Each request is answered before the next one is processed, so responses keep the order of
/// the requests.
@ReactorActor
final class HTTPSession: ConnectionHandler {
    /// Retained until the connection ends, so that the server outlives its clients.
    private let server: WebServer
    private let connection: ClientConnection
    private var parser: HTTPRequestParser
    private var head: HTTPRequestHead?
    private var headArrived: MonotonicTime
    /// How long the host of the request must wait, because it sends too many.
    private var excess: Nanoseconds?
    /// While it is set, further requests wait, so that a host cannot make the gateway do nothing but reject.
    private var restTimer: TimerQueue.Token?
    private var body: [UInt8] = []
    /// The request whose response is pending.
    private var pending: (head: HTTPRequestHead, response: PendingResponse)?
    /// The length of its body, which the handler may need until it responds.
    private var pendingBodyBytes = 0
    /// The sender of a streamed body.
    private var sender: HTTPBodySender?
    private var inputHasEnded = false

    /// Most heads are shorter.
    private static let expectedHeadBytes = 256

    /// When the current wait times out. One timer serves all deadlines: if it fires early it is rescheduled, so that a
    /// busy connection does not reschedule it for each request.
    private var deadline: MonotonicTime {
        didSet { if deadline < timerDeadline { scheduleDeadlineTimer() } }
    }
    private var timer: TimerQueue.Token?
    private var timerDeadline: MonotonicTime

    nonisolated static let restAfterReject = Nanoseconds.seconds(1)

    /// - Parameter wait: how long nothing is read before.
    init(_ connection: ClientConnection, server: WebServer, after wait: Nanoseconds?) {
        self.connection = connection
        self.server = server
        parser = HTTPRequestParser(limits: server.settings.http)
        headArrived = server.timers.now
        deadline = headArrived + (wait ?? .zero) + server.settings.requestTimeout
        timerDeadline = deadline
        scheduleDeadlineTimer()
    }

    func receive(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        if isWaiting { return bytes }
        if parser.isBetweenRequests { deadline = server.timers.now + server.settings.requestTimeout }
        var input = bytes
        do {
            while connection.isOpen, !isWaiting, connection.admitsRequest, let event = try parser.next(&input) {
                switch event {
                case .head(let head): begin(head)
                case .body(let piece): body.append(contentsOf: piece)
                case .end:
                    if let client = end() { return client.receive(input) }
                    connection.countRequest()
                }
            }
        } catch {
            server.recordReject(error)
            respond(.error(error), .close)
        }
        return input
    }

    /// A response is pending or being sent; further input waits.
    private var isResponding: Bool { pending != nil || sender != nil }
    private var isWaiting: Bool { isResponding || restTimer != nil }

    private func begin(_ head: HTTPRequestHead) {
        self.head = head
        headArrived = SystemClock.monotonic()
        excess = server.limitRequest(head, from: connection.peer, at: headArrived)
        // A body that is too large is not requested: the parser rejects it next.
        guard head.expectsContinue, !head.body.announces(moreThan: server.settings.http.bodyBytes) else { return }
        let rejection = excess.map { server.tooManyRequests($0) } ?? server.rejection(of: head, from: connection.peer)
        if let rejection {
            // Do not request a body that would be discarded. Whether the client still sends it is unknown, so the
            // connection closes.
            self.head = nil
            return respond(rejection, .close, to: head)
        }
        var bytes: [UInt8] = []
        HTTPResponse.appendContinue(to: &bytes)
        connection.send(FrameBatch(direct: bytes))
    }

    /// Responds to the request; returns the client that takes over the connection after an upgrade.
    private func end() -> WebSocketClient? {
        guard let head else { return nil }
        if let excess {
            (self.head, body) = (nil, [])
            deadline = server.timers.now + server.settings.idleTimeout
            respond(server.tooManyRequests(excess), head.persistence, to: head)
            rest(after: head)
            return nil
        }
        if server.settings.requiresTLS, !connection.isEncrypted, !connection.peer.ipAddress.isThisMachine {
            respond(.requiringTLS(head), .close, to: head)
            return nil
        }
        var request = HTTPRequest(
            head: head, body: body, peer: connection.peer, began: headArrived, isEncrypted: connection.isEncrypted)
        (self.head, body) = (nil, [])
        deadline = server.timers.now + server.settings.idleTimeout
        let result = server.respond(to: &request)
        connection.tokenID = request.client?.token?.id
        switch result {
        case .response(let response):
            respond(response, head.persistence, to: head)
            return nil
        case .deferred(let response):
            pendingBodyBytes = request.body.count
            wait(for: response, to: head)
            return nil
        case .webSocket(let service):
            return upgrade(head, service)
        }
    }

    private func rest(after head: HTTPRequestHead) {
        // A proxy on this machine sends the requests of many hosts over one connection.
        let isForwarded = connection.peer.ipAddress.isThisMachine && head.headers.contains("X-Forwarded-For")
        guard connection.isOpen, !isForwarded else { return }
        restTimer = server.timers.after(Self.restAfterReject) { [weak self] in
            self?.restTimer = nil
            self?.connection.requestShare()
        }
    }

    private func wait(for response: PendingResponse, to head: HTTPRequestHead) {
        pending = (head, response)
        server.beganWaiting(connection)
        deadline = server.timers.now + server.settings.responseTimeout
        response.deliver { [weak self] in self?.finishWaiting(with: $0) }
    }

    private func finishWaiting(with response: HTTPResponse) {
        guard let (head, _) = pending.take() else { return }
        pendingBodyBytes = 0
        server.endedWaiting(connection)
        deadline = server.timers.now + server.settings.idleTimeout
        respond(response, inputHasEnded || server.isShuttingDown ? .close : head.persistence, to: head)
    }

    private func upgrade(_ head: HTTPRequestHead, _ service: any WebSocketService) -> WebSocketClient? {
        let handshake: WebSocketHandshake
        do {
            handshake = try WebSocketHandshake(head, service.settings.handshake)
        } catch {
            server.recordReject(error)
            respond(error.response, head.persistence, to: head)
            return nil
        }
        guard server.admitWebSocket() else {
            respond(.overload("The limit of WebSocket clients is reached. Try again later.\n"), .close, to: head)
            return nil
        }
        timer.map(server.timers.cancel)
        let client = WebSocketClient(
            connection, service: service, deflate: handshake.deflate,
            access: server.router.accessControl.client(of: head, from: connection.peer), server: server)
        client.start(handshakeResponse: bytes(of: handshake.response, .keepAlive, to: head))
        return client
    }

    private func respond(_ response: HTTPResponse, _ persistence: HTTPPersistence, to head: HTTPRequestHead? = nil) {
        let isOld = head?.version == .http10
        let persistence = response.stream != nil && isOld ? .close : persistence
        connection.send(FrameBatch(direct: bytes(of: response, persistence, to: head)))
        if let stream = response.stream {
            if connection.isOpen, let head, head.method != .head {
                return begin(stream, chunked: !isOld, persistence)
            }
            stream.cancel()
        }
        if persistence == .close { connection.finish() }
    }

    private func begin(_ stream: HTTPBodyStream, chunked: Bool, _ persistence: HTTPPersistence) {
        server.beganWaiting(connection)
        deadline = server.timers.now + server.settings.responseTimeout
        sender = HTTPBodySender(stream, chunked: chunked, over: connection) { [weak self] outcome in
            self?.finishSending(outcome, persistence)
        }
    }

    private func stopSending() {
        server.endedWaiting(connection)
        sender.take()?.cancel()
    }

    private func finishSending(_ outcome: HTTPBodySender.Outcome, _ persistence: HTTPPersistence) {
        sender = nil
        server.endedWaiting(connection)
        deadline = server.timers.now + server.settings.idleTimeout
        switch outcome {
        case .sent: if persistence == .close || inputHasEnded || server.isShuttingDown { connection.finish() }
        case .failed:
            server.recordBrokenResponse()
            connection.close()
        }
    }

    private func bytes(of response: HTTPResponse, _ persistence: HTTPPersistence, to head: HTTPRequestHead?) -> [UInt8]
    {
        var response = response
        if let head { server.settings.cors.decorate(&response, for: head) }
        server.recordResponse(response.status)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.expectedHeadBytes + response.body.count)
        response.append(
            to: &bytes, toHead: head?.method == .head, version: head?.version ?? .http11, persistence: persistence,
            date: SystemClock.wall())
        return bytes
    }

    private func scheduleDeadlineTimer() {
        timer.map(server.timers.cancel)
        timerDeadline = deadline
        timer = server.timers.at(deadline) { [weak self] in self?.checkDeadline() }
    }

    private func checkDeadline() {
        guard server.timers.now >= deadline else { return scheduleDeadlineTimer() }
        if let (head, unfinished) = pending.take() {
            server.endedWaiting(connection)
            server.recordResponseTimeout()
            unfinished.cancel()
            respond(.text("The response timed out.\n", status: .serviceUnavailable), .close, to: head)
        } else if let sender {
            guard !sender.hasProgressed() else {
                deadline = server.timers.now + server.settings.responseTimeout
                return scheduleDeadlineTimer()
            }
            stopSending()
            server.recordResponseTimeout()
            connection.close()
        } else if parser.isBetweenRequests {
            connection.finish()
        } else {
            server.recordRequestTimeout()
            respond(.text("The request timed out.\n", status: .requestTimeout), .close)
        }
    }

    /// A client that has finished sending still receives its response.
    func inputEnded() {
        inputHasEnded = true
        if pending?.response.endsWithInput == true { return connection.close() }
        if !isResponding { connection.finish() }
    }

    func closed() {
        timer.map(server.timers.cancel)
        restTimer.map(server.timers.cancel)
        if let (_, unfinished) = pending.take() {
            server.endedWaiting(connection)
            server.recordAbandoned()
            unfinished.cancel()
        }
        if sender != nil {
            stopSending()
            server.recordAbandoned()
        }
        server.remove(connection)
    }

    var heldBytes: Int { parser.heldBytes + body.capacity + pendingBodyBytes + (head?.heldBytes ?? 0) }

    func farewell() -> [UInt8] {
        bytes(of: .overload("The gateway is short of memory. Try again later.\n"), .close, to: nil)
    }

    func produceOutput() {}
    func dropped(_: Int) {}
    func overflowed() {}
    func drained() { sender?.drained() }
}
