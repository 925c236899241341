import CSystemd
import Clocks
import Reactor

/// Notifies systemd of the service's state; does nothing when not started by systemd.
@ReactorActor
final class ServiceManager {
    private var watchdog: TimerQueue.Token?

    func ready() {
        notify("READY=1")
        kickWatchdog()
    }

    func reloading() {
        notify("RELOADING=1\nMONOTONIC_USEC=\(SystemClock.monotonic().nanoseconds / 1_000)")
    }

    func stopping() {
        watchdog.map(EventLoop.shared.timers.cancel)
        notify("STOPPING=1")
    }

    /// Called from the loop itself, so that a blocked loop is detected; at half the interval, as systemd recommends.
    private func kickWatchdog() {
        var microseconds: UInt64 = 0
        guard sd_watchdog_enabled(0, &microseconds) > 0 else { return }
        notify("WATCHDOG=1")
        watchdog = EventLoop.shared.timers.after(.microseconds(Int64(microseconds / 2))) { [weak self] in
            self?.kickWatchdog()
        }
    }

    private func notify(_ state: String) {
        sd_notify(0, state)
    }
}
