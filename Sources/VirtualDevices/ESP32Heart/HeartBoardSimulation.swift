import Clocks
import Network
import Reactor

/// Virtual heart boards that send real datagrams, one board for each of the users 1, 2, 3 and so on.
///
/// A started simulation keeps itself alive until it is stopped.
@ReactorActor
package final class HeartBoardSimulation {
    package typealias Send = @ReactorActor ([UInt8]) -> Bool

    /// The number of datagrams that were passed to the network.
    package private(set) var sent = 0
    /// The number of datagrams that could not be sent, for example because the port is closed.
    package private(set) var unsent = 0

    private struct SimulatedBoard {
        var board: VirtualHeartBoard
        var next: VirtualHeartBoard.Emission
        /// When the board's own time is zero.
        var start: MonotonicTime
        var timer: TimerQueue.Token?
    }

    private var boards: [SimulatedBoard]
    private let timers: TimerQueue
    private let send: Send

    /// Boards run for this time before they send, so that the first readings contain a rate.
    private static let warmUp = Nanoseconds.seconds(5)
    /// After a longer delay (a suspended process), missed readings are skipped instead of sent at once.
    private static let maximumLag = Nanoseconds.seconds(1)

    /// - Parameters:
    ///   - rate: readings per second from each board; real boards send one.
    ///   - seed: the same seed gives the same readings; nil gives different ones each time.
    package init(
        users: Int = 3, rate: Double = 1, seed: UInt64? = nil, faults: Set<HeartBoardFaultKind> = [],
        timers: TimerQueue = EventLoop.shared.timers, send: @escaping Send
    ) {
        var random = SeededRandom(seed: seed ?? .random(in: 0 ... .max))
        self.timers = timers
        self.send = send
        boards = (0..<users).map { index in
            var board = VirtualHeartBoard(
                user: index + 1, seed: random.next(), interval: Nanoseconds(seconds: 1 / rate))
            var next = board.nextDatagram()
            while next.time < Self.warmUp { next = board.nextDatagram() }
            board.randomFaults = faults
            return SimulatedBoard(board: board, next: next, start: timers.now)
        }
    }

    /// Sends to a host's UDP port. Resolving a host name blocks.
    package convenience init(
        users: Int = 3, rate: Double = 1, seed: UInt64? = nil, faults: Set<HeartBoardFaultKind> = [], host: String,
        port: UInt16
    ) throws {
        let sender = try DatagramSender(to: SocketAddress(host: host, port: port))
        self.init(users: users, rate: rate, seed: seed, faults: faults) { datagram in
            // A send reports that the previous datagram was rejected, and is then not sent itself.
            sender.send(datagram) || sender.send(datagram)
        }
    }

    package func start() {
        stop()
        for index in boards.indices {
            boards[index].start = timers.now - Self.warmUp
            schedule(index)
        }
    }

    package func stop() {
        for index in boards.indices {
            boards[index].timer.map(timers.cancel)
            boards[index].timer = nil
        }
    }

    private func schedule(_ index: Int) {
        let simulated = boards[index]
        boards[index].timer = timers.at(simulated.start + simulated.next.time) { [self] in emit(index) }
    }

    private func emit(_ index: Int) {
        if send(boards[index].next.bytes) { sent += 1 } else { unsent += 1 }
        let delay = timers.now - (boards[index].start + boards[index].next.time)
        if delay > Self.maximumLag { boards[index].start = boards[index].start + delay }
        boards[index].next = boards[index].board.nextDatagram()
        schedule(index)
    }
}
