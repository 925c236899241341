import Clocks
import Reactor

/// A session on a link: performs what the session decides, and tells what it says.
///
/// One link, one of these; the session itself is handed on to the next link, since it remembers what must be repaired.
@ReactorActor
package final class SessionLink<Session: DeviceSession>: PacketChannelOwner {
    package private(set) var session: Session
    private let timers: TimerQueue
    private let said: (Session.Output) -> Void
    private let lost: (LinkLoss) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?

    /// - Parameters:
    ///   - said: what the session says; it must not call back into this link.
    ///   - lost: told exactly once; the session can then be taken for the next link.
    package init(
        _ session: Session, over socket: any PacketSocket, timers: TimerQueue = EventLoop.shared.timers,
        said: @escaping @ReactorActor (Session.Output) -> Void, lost: @escaping @ReactorActor (LinkLoss) -> Void
    ) {
        self.session = session
        self.timers = timers
        self.said = said
        self.lost = lost
        channel = PacketChannel(socket, owner: self, timers: timers)
    }

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
        session.linkOpened(at: timers.now)
        proceed()
    }

    package func channelReceived(_ packet: ArraySlice<UInt8>) {
        session.receive(packet, at: timers.now, said)
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        session.nextPacket(at: timers.now, said)
    }

    package func channelLost(_ loss: LinkLoss) {
        if let timer { timers.cancel(timer.token) }
        (timer, channel) = (nil, nil)
        session.linkLost(timers.now, said)
        lost(loss)
    }

    private func proceed() {
        guard let channel else { return }
        session.advance(to: timers.now, said)
        channel.packetsWait()
        if session.end != nil { return channel.close() }
        watchTheClock()
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
