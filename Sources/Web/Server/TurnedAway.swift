import Clocks
import Network
import Reactor

/// Those for whom there is no room: each is told so and let go. A client that is still sending would lose the answer if
/// its connection were closed at once, so some are waited for, two seconds at the most; of a crowd the others are not.
@ReactorActor
final class TurnedAway {
    private let timers: TimerQueue
    private(set) var waitingFor: Set<ObjectIdentifier> = []

    static let mostWaitedFor = 64

    private static let answer: FrameBatch = {
        var response = HTTPResponse.text(
            "All connections are taken: try again in a moment.\n", status: .serviceUnavailable)
        response.headers.add("Retry-After", "5")
        var bytes: [UInt8] = []
        response.append(to: &bytes, persistence: .close, date: SystemClock.wall())
        return FrameBatch(answer: bytes)
    }()

    init(timers: TimerQueue) {
        self.timers = timers
    }

    func take(_ socket: consuming StreamSocket) {
        guard waitingFor.count < Self.mostWaitedFor else {
            _ = socket.write(Self.answer.bytes, from: 0)
            return socket.finishWriting()
        }
        let connection = ClientConnection(socket, queueLimit: 0, timers: timers)
        guard (try? connection.start(Guest(connection, of: self))) != nil else { return }
        waitingFor.insert(ObjectIdentifier(connection))
        connection.send(Self.answer)
        connection.finish()
    }

    /// Whatever it says, it has been answered.
    private final class Guest: ConnectionOwner {
        private let id: ObjectIdentifier
        private let house: TurnedAway

        init(_ connection: ClientConnection, of house: TurnedAway) {
            id = ObjectIdentifier(connection)
            self.house = house
        }

        func received(_: ArraySlice<UInt8>) -> ArraySlice<UInt8> { [] }
        func inputEnded() {}
        func closed() { house.waitingFor.remove(id) }
        func dropped(_: Int) {}
        func overflowed() {}
        func drained() {}
    }
}
