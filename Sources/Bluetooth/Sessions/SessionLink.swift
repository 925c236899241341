import Clocks
import Reactor

/// A session on a link: performs what the session decides, and tells what it says.
///
/// One link, one of these; the session itself is handed on to the next link, since it remembers what must be repaired.
@ReactorActor
package final class SessionLink<Session: DeviceSession>: PacketChannelOwner {
    package private(set) var session: Session
    private let timers: TimerQueue
    private let opened: () -> Void
    private let said: (Session.Output) -> Void
    private let lost: (LinkLoss) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// What the session has said and nobody has been told yet.
    private var outputs: [Session.Output] = []
    private var isTelling = false
    private var loss: LinkLoss?
    private var lastOversized = 0

    /// - Parameters:
    ///   - patience: for the connection.
    ///   - opened: told when there is a connection, before anything is said.
    ///   - said: what the session says. Whoever hears it may call back into this link.
    ///   - lost: told exactly once, and last; the session can then be taken for the next link.
    package init(
        _ session: Session, over socket: any PacketSocket, patience: Nanoseconds = .seconds(15),
        timers: TimerQueue = EventLoop.shared.timers, opened: @escaping @ReactorActor () -> Void = {},
        said: @escaping @ReactorActor (Session.Output) -> Void, lost: @escaping @ReactorActor (LinkLoss) -> Void
    ) {
        self.session = session
        self.timers = timers
        self.opened = opened
        self.said = said
        self.lost = lost
        channel = PacketChannel(socket, owner: self, patience: patience, timers: timers)
    }

    /// Packets of the link that were too long to be any of ours.
    package var oversized: Int { channel?.oversized ?? lastOversized }

    package func open() {
        channel?.open()
    }

    package func close() {
        channel?.close()
    }

    /// Tells the session something, and performs what it decides.
    package func tell<Result>(_ body: (inout Session) throws -> Result) rethrows -> Result {
        defer { proceed() }
        return try body(&session)
    }

    package func channelOpened() {
        opened()
        session.linkOpened(at: timers.now)
        proceed()
    }

    package func channelReceived(_ packet: ArraySlice<UInt8>) {
        session.receive(packet, at: timers.now) { outputs.append($0) }
        tellOutputs()
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        session.nextPacket(at: timers.now) { outputs.append($0) }
    }

    package func channelLost(_ loss: LinkLoss) {
        if let timer { timers.cancel(timer.token) }
        lastOversized = oversized
        (timer, channel) = (nil, nil)
        session.linkLost(timers.now) { outputs.append($0) }
        self.loss = loss
        tellOutputs()
    }

    private func proceed() {
        guard let channel else { return }
        session.advance(to: timers.now) { outputs.append($0) }
        channel.packetsWait()
        tellOutputs()
        if session.end != nil { return channel.close() }
        watchTheClock()
    }

    /// Once the session has finished speaking: whoever hears it may have a command for it. What is said while somebody
    /// is being told waits for its turn.
    private func tellOutputs() {
        guard !isTelling else { return }
        isTelling = true
        var next = 0
        while next < outputs.count {
            said(outputs[next])
            next += 1
        }
        outputs.removeAll(keepingCapacity: true)
        isTelling = false
        guard let loss else { return }
        self.loss = nil
        lost(loss)
    }

    private func watchTheClock() {
        guard channel != nil, let deadline = session.deadline else { return }
        if let timer, timer.deadline <= deadline, timer.deadline > timers.now { return }
        if let timer { timers.cancel(timer.token) }
        let token = timers.at(deadline) { [weak self] in
            self?.timer = nil
            self?.proceed()
        }
        timer = (deadline, token)
    }
}
