import Clocks
import Network
import Reactor

/// Those for whom there is no room: each is told so and let go. A client that is still sending would lose the answer if
/// its connection were closed at once, so some are waited for, two seconds at the most; of a crowd the others are not.
@ReactorActor
final class OverloadResponder {
    private let timers: TimerQueue
    private(set) var pending: Set<ObjectIdentifier> = []

    static let maximumPending = 64

    private static let response: FrameBatch = {
        var response = HTTPResponse.text(
            "All connections are taken: try again in a moment.\n", status: .serviceUnavailable)
        response.headers.add("Retry-After", "5")
        var bytes: [UInt8] = []
        response.append(to: &bytes, persistence: .close, date: SystemClock.wall())
        return FrameBatch(direct: bytes)
    }()

    init(timers: TimerQueue) {
        self.timers = timers
    }

    func reject(_ socket: consuming StreamSocket) {
        guard pending.count < Self.maximumPending else {
            _ = socket.write(Self.response.bytes, from: 0)
            return socket.finishWriting()
        }
        let connection = ClientConnection(socket, queueLimit: 0, timers: timers)
        guard (try? connection.start(RejectedConnection(connection, of: self))) != nil else { return }
        pending.insert(ObjectIdentifier(connection))
        connection.send(Self.response)
        connection.finish()
    }

    /// Whatever it says, it has been answered.
    private final class RejectedConnection: ConnectionHandler {
        private let id: ObjectIdentifier
        private let responder: OverloadResponder

        init(_ connection: ClientConnection, of house: OverloadResponder) {
            id = ObjectIdentifier(connection)
            self.responder = house
        }

        func receive(_: ArraySlice<UInt8>) -> ArraySlice<UInt8> { [] }
        func inputEnded() {}
        func closed() { responder.pending.remove(id) }
        func dropped(_: Int) {}
        func overflowed() {}
        func drained() {}
    }
}
