import CLinux
import Clocks

/// Ends the loop's sleep when the next timer is due. Set once for each deadline, whereas a time-out would have to be
/// handed to the kernel, and taken back, with every sleep.
@ReactorActor
final class WakeUpTimer {
    /// It lives as long as the process, like the loop.
    let descriptor = timerfd_create(CLOCK_MONOTONIC, Int32(TFD_CLOEXEC | TFD_NONBLOCK))
    private var deadline: MonotonicTime?

    init() {
        precondition(descriptor >= 0, "no descriptors left to start with")
    }

    /// Rings at the deadline; at once when that has passed, and never when there is none.
    func arm(for deadline: MonotonicTime?) {
        guard deadline != self.deadline else { return }
        self.deadline = deadline
        var setting = itimerspec()
        if let deadline {
            // All zeros would turn it off.
            let nanoseconds = max(1, deadline.nanoseconds)
            setting.it_value.tv_sec = Int(nanoseconds / 1_000_000_000)
            setting.it_value.tv_nsec = Int(nanoseconds % 1_000_000_000)
        }
        timerfd_settime(descriptor, Int32(TFD_TIMER_ABSTIME), &setting, nil)
    }
}
