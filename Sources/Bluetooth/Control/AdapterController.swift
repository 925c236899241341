import CBluetooth
import Clocks
import Reactor

/// Runs an `AdapterSupervisor` on the kernel's management socket and delivers its notifications.
@ReactorActor
package final class AdapterController: PacketChannelDelegate {
    package private(set) var supervisor: AdapterSupervisor
    private let timers: TimerQueue
    private let onNotification: (AdapterNotification) -> Void
    private let onClose: (LinkError) -> Void
    private let reset: @Sendable (UInt16) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    private var notifications: [AdapterNotification] = []
    private var isDelivering = false
    private var closeError: LinkError?

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
        self.onNotification = onNotification
        self.onClose = onClose
        self.reset = reset
        channel = PacketChannel(
            socket, delegate: self, maximumLength: ManagementSocket.maximumPacketLength, timers: timers)
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
        if let timer { timers.cancel(timer.token) }
        (timer, channel) = (nil, nil)
        closeError = error
        deliverNotifications()
    }

    private func handle(_ notification: AdapterNotification) {
        if case .recoveryStep(.reset, let number) = notification { reset(number) }
        notifications.append(notification)
    }

    /// Runs after the supervisor has returned, because a callback may call it again.
    private func deliverNotifications() {
        guard !isDelivering else { return }
        isDelivering = true
        var next = 0
        while next < notifications.count {
            onNotification(notifications[next])
            next += 1
        }
        notifications.removeAll(keepingCapacity: true)
        isDelivering = false
        guard let closeError else { return }
        self.closeError = nil
        onClose(closeError)
    }

    private func proceed() {
        guard let channel else { return }
        supervisor.advance(to: timers.now, handle)
        channel.sendPackets()
        deliverNotifications()
        guard self.channel != nil, let deadline = supervisor.deadline else { return }
        if let timer, timer.deadline <= deadline, timer.deadline > timers.now { return }
        if let timer { timers.cancel(timer.token) }
        let token = timers.at(deadline) { [weak self] in
            self?.timer = nil
            self?.proceed()
        }
        timer = (deadline, token)
    }

    /// Runs on its own thread: the system call blocks until the controller answers, and it may not answer.
    package nonisolated static func reset(_ number: UInt16) {
        NamedThread.start("adapter-reset") { _ = bluetooth_reset_adapter(number) }
    }
}
