import Clocks
import Events
import Reactor

/// Reports to the registry whether the device on an open port is connected: it is as long as it sends data.
@ReactorActor
final class PortPresence {
    let family: DeviceFamily
    private let id: DeviceID
    private let devices: DeviceRegistry
    private let timers: TimerQueue
    private var isConnected = false
    private var lastBytes: MonotonicTime
    private var timer: TimerQueue.Token?

    /// Heart boards send every second, even the slowest mat more often.
    private static let silenceTimeout = Nanoseconds.seconds(10)

    init(_ id: DeviceID, _ family: DeviceFamily, devices: DeviceRegistry, timers: TimerQueue) {
        self.id = id
        self.family = family
        self.devices = devices
        self.timers = timers
        lastBytes = timers.now
        scheduleCheck()
    }

    func recordBytes() {
        lastBytes = timers.now
        guard !isConnected else { return }
        isConnected = true
        devices.markConnected(id, at: .now())
    }

    func end(_ reason: DeviceEvent.LossReason) {
        timer.map(timers.cancel)
        timer = nil
        markDisconnected(reason)
    }

    private func scheduleCheck() {
        timer = timers.at(lastBytes + Self.silenceTimeout) { [weak self] in self?.check() }
    }

    private func check() {
        if timers.now - lastBytes >= Self.silenceTimeout {
            markDisconnected(.silent)
            lastBytes = timers.now
        }
        scheduleCheck()
    }

    private func markDisconnected(_ reason: DeviceEvent.LossReason) {
        guard isConnected else { return }
        isConnected = false
        devices.markDisconnected(id, reason, at: .now())
    }
}
