import Clocks
import Reactor

/// A session on a link: performs what the session decides, and tells what it says.
///
/// One link, one of these; the session itself is handed on to the next link, since it remembers what must be repaired.
@ReactorActor
package final class SessionLink<Session: DeviceSession>: PacketChannelDelegate {
    package private(set) var session: Session
    private let timers: TimerQueue
    private let onOpen: () -> Void
    private let onOutput: (Session.Output) -> Void
    private let onClose: (LinkError) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// What the session has said and nobody has been told yet.
    private var outputs: [Session.Output] = []
    private var isDelivering = false
    private var closeError: LinkError?
    private var lastOversized = 0

    /// - Parameters:
    ///   - patience: for the connection.
    ///   - opened: told when there is a connection, before anything is said.
    ///   - said: what the session says. Whoever hears it may call back into this link.
    ///   - lost: told exactly once, and last; the session can then be taken for the next link.
    package init(
        _ session: Session, over socket: any PacketSocket, timeout: Nanoseconds = .seconds(15),
        timers: TimerQueue = EventLoop.shared.timers, onOpen: @escaping @ReactorActor () -> Void = {},
        onOutput: @escaping @ReactorActor (Session.Output) -> Void, onClose: @escaping @ReactorActor (LinkError) -> Void
    ) {
        self.session = session
        self.timers = timers
        self.onOpen = onOpen
        self.onOutput = onOutput
        self.onClose = onClose
        channel = PacketChannel(socket, delegate: self, timeout: timeout, timers: timers)
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
    package func withSession<Result>(_ body: (inout Session) throws -> Result) rethrows -> Result {
        defer { proceed() }
        return try body(&session)
    }

    package func channelOpened() {
        onOpen()
        session.linkOpened(at: timers.now)
        proceed()
    }

    package func channelReceived(_ packet: ArraySlice<UInt8>) {
        session.receive(packet, at: timers.now) { outputs.append($0) }
        deliverOutputs()
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        session.nextPacket(at: timers.now) { outputs.append($0) }
    }

    package func channelClosed(_ loss: LinkError) {
        if let timer { timers.cancel(timer.token) }
        lastOversized = oversized
        (timer, channel) = (nil, nil)
        session.linkClosed(at: timers.now) { outputs.append($0) }
        self.closeError = loss
        deliverOutputs()
    }

    private func proceed() {
        guard let channel else { return }
        session.advance(to: timers.now) { outputs.append($0) }
        channel.sendPackets()
        deliverOutputs()
        if session.endReason != nil { return channel.close() }
        scheduleTimer()
    }

    /// Once the session has finished speaking: whoever hears it may have a command for it. What is said while somebody
    /// is being told waits for its turn.
    private func deliverOutputs() {
        guard !isDelivering else { return }
        isDelivering = true
        var next = 0
        while next < outputs.count {
            onOutput(outputs[next])
            next += 1
        }
        outputs.removeAll(keepingCapacity: true)
        isDelivering = false
        guard let closeError else { return }
        self.closeError = nil
        onClose(closeError)
    }

    private func scheduleTimer() {
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
