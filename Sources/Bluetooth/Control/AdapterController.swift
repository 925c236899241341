import CLinux
import Clocks
import Reactor

/// The supervisor on the kernel's management socket: performs what it decides, and tells what it says.
@ReactorActor
package final class AdapterController: PacketChannelDelegate {
    package private(set) var supervisor: AdapterSupervisor
    private let timers: TimerQueue
    private let onNotification: (AdapterNotification) -> Void
    private let onClose: (LinkError) -> Void
    private let reset: @Sendable (UInt16) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// What nobody has been told yet.
    private var notifications: [AdapterNotification] = []
    private var isDelivering = false
    private var closeError: LinkError?

    /// - Parameters:
    ///   - said: what there is to tell. Whoever hears it may call back into this.
    ///   - lost: told once, and last, when the socket has failed.
    ///   - reset: switches an adapter off and on, past the management, on a thread of its own.
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

    /// Tells the supervisor something, and performs what it decides.
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

    package func channelClosed(_ loss: LinkError) {
        if let timer { timers.cancel(timer.token) }
        (timer, channel) = (nil, nil)
        self.closeError = loss
        deliverNotifications()
    }

    private func handle(_ notice: AdapterNotification) {
        if case .recoveryStep(.reset, let number) = notice { reset(number) }
        notifications.append(notice)
    }

    /// Once the supervisor has finished: whoever hears it may have something for it to do.
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

    /// The kernel waits for the controller in this call, which may be dead; so nobody else may wait for it.
    package nonisolated static func reset(_ number: UInt16) {
        NamedThread.start("adapter-reset") { _ = linux_reset_adapter(number) }
    }
}
