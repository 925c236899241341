import CLinux
import Clocks
import Reactor

/// The supervisor on the kernel's management socket: performs what it decides, and tells what it says.
@ReactorActor
package final class AdapterControl: PacketChannelOwner {
    package private(set) var supervisor: AdapterSupervisor
    private let timers: TimerQueue
    private let said: (AdapterNotice) -> Void
    private let lost: (LinkLoss) -> Void
    private let reset: @Sendable (UInt16) -> Void
    private var channel: PacketChannel?
    private var timer: (deadline: MonotonicTime, token: TimerQueue.Token)?
    /// What nobody has been told yet.
    private var notices: [AdapterNotice] = []
    private var isTelling = false
    private var loss: LinkLoss?

    /// - Parameters:
    ///   - said: what there is to tell. Whoever hears it may call back into this.
    ///   - lost: told once, and last, when the socket has failed.
    ///   - reset: switches an adapter off and on, past the management, on a thread of its own.
    package init(
        _ supervisor: AdapterSupervisor, over socket: any PacketSocket, timers: TimerQueue = EventLoop.shared.timers,
        said: @escaping @ReactorActor (AdapterNotice) -> Void, lost: @escaping @ReactorActor (LinkLoss) -> Void,
        reset: @escaping @Sendable (UInt16) -> Void = AdapterControl.reset
    ) {
        self.supervisor = supervisor
        self.timers = timers
        self.said = said
        self.lost = lost
        self.reset = reset
        channel = PacketChannel(socket, owner: self, longest: ManagementSocket.longestPacket, timers: timers)
    }

    package func open() {
        channel?.open()
    }

    package func close() {
        channel?.close()
    }

    /// Tells the supervisor something, and performs what it decides.
    package func tell(_ body: (inout AdapterSupervisor, MonotonicTime, (AdapterNotice) -> Void) -> Void) {
        body(&supervisor, timers.now, hear)
        proceed()
    }

    package func channelOpened() {
        supervisor.opened()
        proceed()
    }

    package func channelReceived(_ packet: ArraySlice<UInt8>) {
        supervisor.receive(packet, at: timers.now, hear)
        proceed()
    }

    package func nextPacket() -> [UInt8]? {
        supervisor.nextPacket(at: timers.now)
    }

    package func channelLost(_ loss: LinkLoss) {
        if let timer { timers.cancel(timer.token) }
        (timer, channel) = (nil, nil)
        self.loss = loss
        tellNotices()
    }

    private func hear(_ notice: AdapterNotice) {
        if case .step(.reset, let number) = notice { reset(number) }
        notices.append(notice)
    }

    /// Once the supervisor has finished: whoever hears it may have something for it to do.
    private func tellNotices() {
        guard !isTelling else { return }
        isTelling = true
        var next = 0
        while next < notices.count {
            said(notices[next])
            next += 1
        }
        notices.removeAll(keepingCapacity: true)
        isTelling = false
        guard let loss else { return }
        self.loss = nil
        lost(loss)
    }

    private func proceed() {
        guard let channel else { return }
        supervisor.advance(to: timers.now, hear)
        channel.packetsWait()
        tellNotices()
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
