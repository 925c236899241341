import Clocks
import JSON
import Reactor

/// One client of a Socket.IO server: its namespaces over one Engine.IO session.
@ReactorActor
final class SocketIOClient: EngineHandler {
    let connection: EngineConnection
    private let server: SocketIOServer
    private var decoder: SocketIODecoder
    private var session: SocketIOSession
    private var sockets: [String: SocketIOSocket] = [:]
    private var timer: TimerQueue.Token?
    /// When a packet with attachments must be complete.
    private var attachmentDeadline: MonotonicTime?

    init(_ connection: EngineConnection, _ server: SocketIOServer) {
        self.connection = connection
        self.server = server
        decoder = SocketIODecoder(server.settings.limits)
        session = SocketIOSession(
            server.settings.limits, connectTimeout: server.settings.connectTimeout, now: connection.server.timers.now)
        scheduleTimer()
    }

    var style: JSONStyle { server.settings.style }
    var heldBytes: Int { decoder.heldBytes }
    private var now: MonotonicTime { connection.server.timers.now }

    func receive(_ message: EngineMessage) {
        do throws(SocketIOReject) {
            let input = try decoder.receive(message)
            updateAttachmentDeadline()
            if let input { try perform(session.receive(input, now: now)) }
        } catch {
            connection.server.metrics.countReject(error.rawValue)
            connection.close(.rejected)
        }
    }

    private func perform(_ decision: SocketIOSession.Decision) {
        switch decision {
        case .connect(let namespace, let auth): connect(namespace, auth: auth)
        case .disconnected(let namespace):
            scheduleTimer()
            sockets.removeValue(forKey: namespace)?.ended()
        case .event(let event, let namespace):
            if let socket = sockets[namespace] { socket.service.receive(event, from: socket) }
        case .unusableEvent(let error, let namespace):
            connection.server.metrics.countReject(error.reason.rawValue)
            if let socket = sockets[namespace] { socket.service.receive(unusable: error, from: socket) }
        case .acknowledged(let id, let arguments, let namespace):
            sockets[namespace]?.acknowledged(id, arguments)
        case .nothing: break
        }
    }

    private func connect(_ namespace: String, auth: ArraySlice<UInt8>) {
        guard let service = server.services[namespace] else {
            return connection.send(SocketIOEncoder.connectError(namespace, "Invalid namespace"))
        }
        if let token = Self.token(in: auth) { connection.receive(token: token) }
        if let reject = connection.access.reject(.reads) {
            connection.access.count(reject)
            return connection.send(SocketIOEncoder.connectError(namespace, reject.message))
        }
        let socket = SocketIOSocket(namespace, service, of: self)
        if let reason = service.reject(socket, auth: auth) {
            return connection.send(SocketIOEncoder.connectError(namespace, reason))
        }
        session.connected(to: namespace)
        scheduleTimer()
        sockets[namespace] = socket
        connection.send(SocketIOEncoder.connected(namespace, sid: socket.id))
        service.connected(socket, auth: auth)
    }

    /// The member `token` of the object that a client sends when it connects.
    private static func token(in auth: ArraySlice<UInt8>) -> String? {
        guard !auth.isEmpty, let members = try? JSONMembers(parsing: auth) else { return nil }
        return members["token"].flatMap(members.string)
    }

    /// The id of an event that the client must acknowledge; nil if too many are awaited.
    func awaitAcknowledgement(in namespace: String, within timeout: Nanoseconds) -> UInt64? {
        defer { scheduleTimer() }
        return session.awaitAcknowledgement(in: namespace, until: now + timeout)
    }

    /// Disconnects the client from a namespace.
    func disconnect(_ namespace: String) {
        guard let socket = sockets.removeValue(forKey: namespace) else { return }
        session.disconnect(namespace, now: now)
        scheduleTimer()
        connection.send(SocketIOEncoder.disconnect(namespace))
        socket.ended()
    }

    func closed() {
        timer.take().map(connection.server.timers.cancel)
        let ended = sockets.values
        sockets = [:]
        for socket in ended { socket.ended() }
    }

    // MARK: Time

    private func updateAttachmentDeadline() {
        let wasIncomplete = attachmentDeadline != nil
        guard decoder.isIncomplete != wasIncomplete else { return }
        attachmentDeadline = decoder.isIncomplete ? now + server.settings.attachmentTimeout : nil
        scheduleTimer()
    }

    private func scheduleTimer() {
        timer.take().map(connection.server.timers.cancel)
        guard connection.isOpen, let deadline = [session.deadline, attachmentDeadline].compactMap(\.self).min() else {
            return
        }
        timer = connection.server.timers.at(deadline) { [weak self] in self?.tick() }
    }

    private func tick() {
        timer = nil
        if let attachmentDeadline, now >= attachmentDeadline {
            connection.server.metrics.countReject(SocketIOReject.missingAttachment.rawValue)
            return connection.close(.rejected)
        }
        for expiry in session.tick(now: now) {
            switch expiry {
            case .notConnected: return connection.close(.notConnected)
            case .acknowledgement(let id, let namespace): sockets[namespace]?.acknowledged(id, nil)
            }
        }
        scheduleTimer()
    }
}
