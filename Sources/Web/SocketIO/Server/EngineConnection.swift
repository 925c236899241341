import Clocks
import Network
import Reactor

/// Receives the messages of one Engine.IO session.
@ReactorActor
package protocol EngineHandler: AnyObject {
    func receive(_ message: EngineMessage)
    /// The session has ended. Called once, as the last call.
    func closed()
    /// The memory that it holds for this client, besides a constant.
    var heldBytes: Int { get }
}

/// One Engine.IO session: performs what `EngineSession` decides, over polling requests and a WebSocket.
@ReactorActor
package final class EngineConnection {
    private struct Poll {
        let response: PendingResponse
        let jsonp: String?
    }

    private struct Post {
        let response: PendingResponse
        var reader: EnginePayloadReader
        let jsonp: String?
    }

    package let id: String
    package let peer: SocketAddress
    /// What this client may do. One without an access token may present it when it connects to a namespace.
    package let access: ClientAccess
    let server: EngineServer
    private var session: EngineSession
    private var handler: (any EngineHandler)?
    private var poll: Poll?
    private var post: Post?
    private var lastPostEnd: MonotonicTime
    private var webSocket: WebSocketClient?
    /// The WebSocket of an upgrade until the client decides for it.
    private var newWebSocket: WebSocketClient?
    private var timer: TimerQueue.Token?
    private var timerDeadline: MonotonicTime
    private var upgradeTimer: TimerQueue.Token?
    private var isFlushScheduled = false
    private var isInWorkQueue = false
    private var countedBytes = 0

    init(_ server: EngineServer, peer: SocketAddress, over client: WebSocketClient?, access: ClientAccess) {
        let now = server.timers.now
        id = SessionIdentifier.random()
        self.server = server
        self.peer = peer
        self.access = access
        webSocket = client
        session = EngineSession(server.settings, transport: client == nil ? .polling : .webSocket, now: now)
        lastPostEnd = MonotonicTime(nanoseconds: 0)
        timerDeadline = session.deadline
    }

    func start(_ handler: any EngineHandler) {
        self.handler = handler
        scheduleTimer()
    }

    package var isOpen: Bool { session.isOpen }
    var transport: EngineSession.Transport { session.transport }
    private var now: MonotonicTime { server.timers.now }

    /// The packet that opens the session.
    func openPacket(upgrades: Bool) -> EngineOutput {
        let settings = server.settings
        let text = """
            0{"sid":"\(id)","upgrades":[\(upgrades ? #""websocket""# : "")],\
            "pingInterval":\(settings.pingInterval.count / 1_000_000),"pingTimeout":\(settings.pingTimeout.count / 1_000_000),\
            "maxPayload":\(settings.maximumPayload)}
            """
        return EngineOutput(packet: Array(text.utf8), .reply)
    }

    // MARK: Output

    package func send(_ output: EngineOutput) {
        switch session.send(output) {
        case .now: webSocket?.send(output.frames)
        case .queued(let dropped):
            output.count(in: server.budget.use)
            server.budget.check()
            server.metrics.dropped.add(dropped)
            scheduleFlush()
        case .full: close(.tooSlow)
        case .closed: break
        }
    }

    /// A poll receives what an iteration of the loop produces, rather than the first packet alone.
    private func scheduleFlush() {
        guard poll != nil, !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    private func respond(_ outputs: [EngineOutput]) {
        guard let poll = poll.take() else { return }
        poll.response.complete(EngineServer.response(outputs, jsonp: poll.jsonp))
    }

    /// Ends the session. A poll that is pending receives what is queued and the end.
    package func close(_ reason: EngineCloseReason) {
        guard session.isOpen else { return }
        var last = session.takePolled(maximumPayload: server.settings.maximumPayload)
        last.append(EngineOutput(packet: reason == .closedByClient ? "6" : "1"))
        session.close()
        respond(last)
        timer.map(server.timers.cancel)
        endUpgrade(.normal, "The session has ended")
        let client = webSocket.take()
        client?.close(reason.webSocketCode, reason: reason.text)
        finishPost(with: EngineServer.confirmation(jsonp: post?.jsonp))
        let handler = handler.take()
        handler?.closed()
        countMemory()
        server.remove(self, reason)
    }
}

// MARK: - Polling

extension EngineConnection {
    /// A GET request.
    func respondToPoll(jsonp: String?) throws(EngineRequestError) -> HTTPHandlerResult {
        switch session.poll(maximumPayload: server.settings.maximumPayload) {
        case .wrongTransport: throw .badRequest
        case .simultaneous:
            reject(.simultaneousPolls)
            throw .invalidPackets
        case .respond(let outputs):
            if post != nil { requestShare() }
            return .response(EngineServer.response(outputs, jsonp: jsonp))
        case .wait:
            return .deferred { response in
                poll = Poll(response: response, jsonp: jsonp)
                response.endsWithInput = true
                response.onCancel = { [weak self] in self?.pollCancelled() }
            }
        }
    }

    /// The client has closed the connection on which it waited: it has gone.
    private func pollCancelled() {
        poll = nil
        close(.transportClosed)
    }

    /// A POST request. Its packets are processed a share at a time.
    func receivePost(_ request: HTTPRequest, jsonp: String?) throws(EngineRequestError) -> HTTPHandlerResult {
        guard session.transport == .polling || session.transport == .upgrading else { throw .badRequest }
        // A request that began before the last one was answered competes with it for the order of the packets.
        guard post == nil, request.began >= lastPostEnd else {
            reject(.simultaneousPosts)
            throw .invalidPackets
        }
        guard request.body.count <= server.settings.maximumPayload else {
            reject(.payloadTooLarge)
            throw .payloadTooLarge
        }
        let response = PendingResponse()
        do throws(EngineReject) {
            let payload = jsonp == nil ? request.body : try EngineJSONP.payload(inForm: request.body)
            let reader = try EnginePayloadReader(payload, maximumPackets: server.settings.maximumPackets)
            post = Post(response: response, reader: reader, jsonp: jsonp)
        } catch {
            reject(error)
            throw .invalidPackets
        }
        processPost()
        countMemory()
        return .deferred(response)
    }

    private func processPost() {
        var share = WorkShare(at: SystemClock.monotonic())
        do throws(EngineReject) {
            while session.isOpen, var current = post {
                guard share.isOpen else { return requestShare() }
                // The client must take the replies before further packets.
                guard !session.queue.isHalfFull || current.reader.isAtEnd else { return }
                let packet = try current.reader.next()
                post = current
                guard let packet else { return finishPost(with: EngineServer.confirmation(jsonp: current.jsonp)) }
                try receive(packet, over: .polling)
                share.count(at: SystemClock.monotonic())
            }
        } catch {
            server.metrics.countReject(error.rawValue)
            finishPost(with: EngineRequestError.invalidPackets.response)
            close(.rejected)
        }
    }

    private func finishPost(with response: HTTPResponse) {
        guard let post = post.take() else { return }
        lastPostEnd = SystemClock.monotonic()
        post.response.complete(response)
    }

    private func requestShare() {
        guard !isInWorkQueue else { return }
        isInWorkQueue = true
        EventLoop.shared.workQueue.add(self)
    }
}

// MARK: - Packets and WebSockets

extension EngineConnection {
    private func receive(_ packet: EnginePacket, over source: EngineSession.Transport) throws(EngineReject) {
        switch try session.receive(packet, over: source, now: now) {
        case .message(let message):
            handler?.receive(message)
            countMemory()
        case .closedByClient: close(.closedByClient)
        case .probed:
            newWebSocket?.send(Array("3probe".utf8))
            if session.endPoll() { respond([EngineOutput(packet: "6")]) }
        case .upgraded: finishUpgrade()
        case .nothing: break
        }
    }

    func receive(_ message: WebSocketMessage, over client: WebSocketClient) {
        let isUpgrade = client === newWebSocket
        guard isUpgrade || client === webSocket else { return }
        do throws(EngineReject) {
            try receive(EnginePacket(message), over: isUpgrade ? .upgrading : .webSocket)
        } catch {
            server.metrics.countReject(error.rawValue)
            if isUpgrade { endUpgrade(.protocolError, error.rawValue) } else { close(.rejected) }
        }
    }

    /// A WebSocket opens for the upgrade.
    func beginUpgrade(_ client: WebSocketClient) {
        guard session.beginUpgrade() else {
            return client.close(.policyViolation, reason: "The session has a WebSocket already")
        }
        newWebSocket = client
        upgradeTimer = server.timers.after(server.settings.upgradeTimeout) { [weak self] in
            self?.endUpgrade(.policyViolation, "The upgrade timed out")
        }
    }

    private func finishUpgrade() {
        upgradeTimer.take().map(server.timers.cancel)
        webSocket = newWebSocket.take()
        if session.endPoll() { respond([EngineOutput(packet: "6")]) }
        for output in session.takeQueue() { webSocket?.send(output.frames) }
        if post != nil { requestShare() }
    }

    private func endUpgrade(_ code: WebSocketCloseCode, _ reason: String) {
        upgradeTimer.take().map(server.timers.cancel)
        session.cancelUpgrade()
        newWebSocket.take()?.close(code, reason: reason)
    }

    func webSocketClosed(_ client: WebSocketClient) {
        if client === newWebSocket {
            newWebSocket = nil
            endUpgrade(.normal, "")
        } else if client === webSocket {
            webSocket = nil
            close(.transportClosed)
        }
    }
}

// MARK: - Time, limits and rights

extension EngineConnection: IterationEndHandler, QueuedWorker, MemoryHolder {
    package func iterationEnded() {
        isFlushScheduled = false
        let outputs = session.takePolled(maximumPayload: server.settings.maximumPayload)
        guard !outputs.isEmpty else { return }
        respond(outputs)
        if post != nil { requestShare() }
    }

    package func performShare() {
        isInWorkQueue = false
        processPost()
        countMemory()
    }

    private func scheduleTimer() {
        timerDeadline = session.deadline
        timer = server.timers.at(timerDeadline) { [weak self] in self?.tick() }
    }

    private func tick() {
        switch session.tick(now: now) {
        case .ping: send(EngineOutput(packet: "2"))
        case .timeOut: return close(.pingTimeout)
        case nil: break
        }
        if session.isOpen { scheduleTimer() }
    }

    private func reject(_ reason: EngineReject) {
        server.metrics.countReject(reason.rawValue)
        close(.rejected)
    }

    /// The client presents an access token in a message. That of a request comes first.
    func receive(token: String) {
        if access.role == nil { access.present(token) }
    }

    private var ownBytes: Int { (post?.reader.heldBytes ?? 0) + (handler?.heldBytes ?? 0) }

    private func countMemory() {
        let change = (session.isOpen ? ownBytes : 0) - countedBytes
        guard change != 0 else { return }
        countedBytes += change
        server.budget.add(change)
    }

    package var heldBytes: Int { session.queue.byteCount + ownBytes }

    package func evict() { close(.evicted) }
}
