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
    private let outputs: DeliveryQueue<Session.Output>
    private let timer: DeadlineTimer
    private var channel: PacketChannel?
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
        outputs = DeliveryQueue(onOutput: onOutput, onClose: onClose)
        timer = DeadlineTimer(timers)
        channel = PacketChannel(socket, delegate: self, timeout: timeout, timers: timers)
        timer.onDeadline = { [weak self] in self?.proceed() }
    }

    /// Packets of this link that exceeded the maximum length.
    package var oversized: Int { channel?.oversized ?? lastOversized }

    package func open() {
        channel?.open()
    }

    package func close() {
        channel?.close()
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
        outputs.deliver()
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        session.nextPacket(at: timers.now) { outputs.append($0) }
    }

    package func channelClosed(_ error: LinkError) {
        timer.cancel()
        lastOversized = oversized
        channel = nil
        session.linkClosed(at: timers.now) { outputs.append($0) }
        outputs.close(error)
    }

    private func proceed() {
        guard let channel else { return }
        session.advance(to: timers.now) { outputs.append($0) }
        channel.sendPackets()
        outputs.deliver()
        if session.endReason != nil { return channel.close() }
        if self.channel != nil, let deadline = session.deadline { timer.schedule(at: deadline) }
    }
}
