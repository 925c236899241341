import Clocks
import JSON
import Network
import Reactor

/// A client's connection to one namespace.
@ReactorActor
package final class SocketIOSocket {
    package typealias AcknowledgementHandler = @ReactorActor (SocketIOArguments?) -> Void

    package let id = SessionIdentifier.random()
    package let namespace: String
    let service: any SocketIOService
    private let client: SocketIOClient
    private var awaited: [UInt64: AcknowledgementHandler] = [:]
    private var rooms: [SocketIORoom] = []

    init(_ namespace: String, _ service: any SocketIOService, of client: SocketIOClient) {
        self.namespace = namespace
        self.service = service
        self.client = client
    }

    package var peer: SocketAddress { client.connection.peer }
    package var isOpen: Bool { client.connection.isOpen }
    /// Why this client may not change anything; nil if it may.
    package var changeReject: AccessReject? { client.connection.access.reject(.operates) }

    /// Sends a packet of this socket's namespace.
    package func send(_ packet: EngineOutput) {
        client.connection.send(packet)
    }

    /// Sends an event to this client alone.
    package func emit(
        _ name: String, attachments: [ArraySlice<UInt8>] = [], _ write: (inout JSONWriter) -> Void = { _ in }
    ) {
        send(
            SocketIOEncoder.event(
                name, namespace: namespace, attachments: attachments, style: client.style, .reply, write))
    }

    /// Sends an event that the client must acknowledge. The handler receives the arguments, or nil if the client takes
    /// too long, disconnects or has too many unanswered events.
    package func emit(
        _ name: String, attachments: [ArraySlice<UInt8>] = [], acknowledgedWithin timeout: Nanoseconds,
        _ write: (inout JSONWriter) -> Void, _ handler: @escaping AcknowledgementHandler
    ) {
        guard let id = client.awaitAcknowledgement(in: namespace, within: timeout) else { return handler(nil) }
        awaited[id] = handler
        send(
            SocketIOEncoder.event(
                name, namespace: namespace, id: id, attachments: attachments, style: client.style, .reply, write))
    }

    /// Acknowledges an event if its client waits for that.
    package func acknowledge(
        _ event: SocketIOEvent, attachments: [ArraySlice<UInt8>] = [], _ write: (inout JSONWriter) -> Void = { _ in }
    ) {
        guard let id = event.id else { return }
        send(
            SocketIOEncoder.acknowledgement(
                id, namespace: namespace, attachments: attachments, style: client.style, write))
    }

    package func disconnect() {
        client.disconnect(namespace)
    }

    func acknowledged(_ id: UInt64, _ arguments: SocketIOArguments?) {
        awaited.removeValue(forKey: id)?(arguments)
    }

    func ended() {
        for room in rooms { room.remove(self, isLeaving: false) }
        rooms = []
        service.disconnected(self)
        let handlers = awaited.values
        awaited = [:]
        for handler in handlers { handler(nil) }
    }

    fileprivate func joined(_ room: SocketIORoom) { rooms.append(room) }
    fileprivate func left(_ room: SocketIORoom) { rooms.removeAll { $0 === room } }
}

/// Sockets that receive the same packets, encoded once. A socket leaves its rooms when it disconnects.
@ReactorActor
package final class SocketIORoom {
    private var members: [SocketIOSocket] = []
    private var places: [ObjectIdentifier: Int] = [:]

    package init() {}

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    package func contains(_ socket: SocketIOSocket) -> Bool { places[ObjectIdentifier(socket)] != nil }

    package func add(_ socket: SocketIOSocket) {
        guard !contains(socket) else { return }
        places[ObjectIdentifier(socket)] = members.count
        members.append(socket)
        socket.joined(self)
    }

    package func remove(_ socket: SocketIOSocket) {
        remove(socket, isLeaving: true)
    }

    fileprivate func remove(_ socket: SocketIOSocket, isLeaving: Bool) {
        guard let place = places.removeValue(forKey: ObjectIdentifier(socket)) else { return }
        let last = members.removeLast()
        if last !== socket {
            members[place] = last
            places[ObjectIdentifier(last)] = place
        }
        if isLeaving { socket.left(self) }
    }

    package func send(_ packet: EngineOutput) {
        // In reverse order: a socket that ends meanwhile is replaced by the last one, which has been served.
        var index = members.count
        while index > 0 {
            index -= 1
            if index < members.count { members[index].send(packet) }
        }
    }
}
