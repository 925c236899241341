import CLinux
import Glibc

/// FTDI's adapters hold bytes back until 62 of them have come or a timer has run out, after 16 ms as they are delivered.
/// The timer is back at that after each replug, so it is set with each opening.
enum LatencyTimer {
    /// Sets the timer to one millisecond, where there is one and we may. Where we may not, as in a service without
    /// privileges, the driver is asked through the port itself.
    static func shorten(for path: String, under classes: String = "/sys/class/tty") -> Bool {
        guard let resolved = realpath(path, nil) else { return false }
        defer { free(resolved) }
        let node = String(cString: resolved).split(separator: "/").last.map(String.init) ?? ""
        let timer = open("\(classes)/\(node)/device/latency_timer", O_WRONLY | O_CLOEXEC)
        guard timer >= 0 else { return false }
        defer { close(timer) }
        return write(timer, "1", 1) == 1
    }
}
