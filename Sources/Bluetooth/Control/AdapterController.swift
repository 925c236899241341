import CBluetooth
import Clocks
import Reactor

/// Runs an `AdapterSupervisor` on the kernel's management socket and delivers its notifications.
@ReactorActor
package final class AdapterController: PacketChannelDelegate {
    package private(set) var supervisor: AdapterSupervisor
    private let timers: TimerQueue
    private let notifications: DeliveryQueue<AdapterNotification>
    private let timer: DeadlineTimer
    private let reset: @Sendable (UInt16) -> Void
    private var channel: PacketChannel?

    /// - Parameters:
    ///   - onNotification: called for each notification; may call back into this object.
    ///   - onClose: called once, last, when the socket has failed.
    ///   - reset: switches an adapter off and on without the management interface, on a separate thread.
    package init(
        _ supervisor: AdapterSupervisor, over socket: any PacketSocket, timers: TimerQueue = EventLoop.shared.timers,
        onNotification: @escaping @ReactorActor (AdapterNotification) -> Void,
        onClose: @escaping @ReactorActor (LinkError) -> Void,
        reset: @escaping @Sendable (UInt16) -> Void = AdapterController.reset
    ) {
        self.supervisor = supervisor
        self.timers = timers
        self.reset = reset
        notifications = DeliveryQueue(onOutput: onNotification, onClose: onClose)
        timer = DeadlineTimer(timers)
        channel = PacketChannel(
            socket, delegate: self, maximumLength: ManagementSocket.maximumPacketLength, timers: timers)
        timer.onDeadline = { [weak self] in self?.proceed() }
    }

    package func open() {
        channel?.open()
    }

    package func close() {
        channel?.close()
    }

    /// Calls the supervisor and sends the commands that result.
    package func withSupervisor(_ body: (inout AdapterSupervisor, MonotonicTime, (AdapterNotification) -> Void) -> Void)
    {
        body(&supervisor, timers.now, handle)
        proceed()
    }

    package func channelOpened() {
        supervisor.socketOpened()
        proceed()
    }

    package func channelReceived(_ packet: ArraySlice<UInt8>) {
        supervisor.receive(packet, at: timers.now, handle)
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        supervisor.nextPacket(at: timers.now)
    }

    package func channelClosed(_ error: LinkError) {
        timer.cancel()
        channel = nil
        notifications.close(error)
    }

    private func handle(_ notification: AdapterNotification) {
        if case .recoveryStep(.reset, let number) = notification { reset(number) }
        notifications.append(notification)
    }

    private func proceed() {
        guard let channel else { return }
        supervisor.advance(to: timers.now, handle)
        channel.sendPackets()
        notifications.deliver()
        if self.channel != nil, let deadline = supervisor.deadline { timer.schedule(at: deadline) }
    }

    /// Runs on its own thread: the system call blocks until the controller answers, and it may not answer.
    package nonisolated static func reset(_ number: UInt16) {
        NamedThread.start("adapter-reset") { _ = bluetooth_reset_adapter(number) }
    }
}
