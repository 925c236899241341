import Clocks
import Reactor

/// Runs a session on a link and delivers its outputs.
///
/// One object per link. The session is passed on to the next link, because it knows what was missed in between.
@ReactorActor
package final class SessionLink<Session: DeviceSession>: PacketChannelDelegate {
    package private(set) var session: Session
    private let timers: TimerQueue
    private let onOpen: () -> Void
    private let onOutput: (Session.Output) -> Void
    private let onClose: (LinkError) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    private var outputs: [Session.Output] = []
    private var isDelivering = false
    private var closeError: LinkError?
    private var lastOversized = 0

    /// - Parameters:
    ///   - timeout: for the connection.
    ///   - onOpen: called when the connection is made, before any output.
    ///   - onOutput: called for each output of the session; may call back into this link.
    ///   - onClose: called exactly once, last; the session can then be used for the next link.
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

    /// Packets of this link that exceeded the maximum length.
    package var oversized: Int { channel?.oversized ?? lastOversized }

    package func open() {
        channel?.open()
    }

    package func close() {
        channel?.close()
    }

    /// Calls the session and sends the packets that result.
    package func withSession<Result>(_ body: (inout Session) throws -> Result) rethrows -> Result {
        defer { proceed() }
        return try body(&session)
    }

    /// Queues a command and sends the packets that result.
    package func perform(_ command: DeviceCommand) throws(SessionCommandError) {
        defer { proceed() }
        try session.perform(command)
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

    package func channelClosed(_ error: LinkError) {
        if let timer { timers.cancel(timer.token) }
        lastOversized = oversized
        (timer, channel) = (nil, nil)
        session.linkClosed(at: timers.now) { outputs.append($0) }
        closeError = error
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

    /// Runs after the session has returned, because a callback may call it again. Outputs of such a call are delivered
    /// afterwards.
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
