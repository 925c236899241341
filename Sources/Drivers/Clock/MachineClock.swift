import CLinux
import Clocks
import Glibc
import Reactor

/// Reads the machine's clocks.
package enum MachineClock {
    package static func reading(earliest: WallTime) -> GatewayClock.Reading {
        GatewayClock.Reading(
            machine: SystemClock.machine(), sinceBoot: SystemClock.sinceBoot(),
            isSynchronised: linux_clock_error_microseconds() >= 0, hasBatteryClock: hasBatteryClock(earliest: earliest))
    }

    /// When this version was built: the date of the program's file.
    package static var built: WallTime {
        var info = stat()
        guard stat("/proc/self/exe", &info) == 0 else { return WallTime(nanoseconds: 0) }
        return WallTime(nanoseconds: 0) + .seconds(Int64(info.st_mtim.tv_sec))
    }

    /// Whether a clock that runs without power shows a time that can be right. A Raspberry Pi 5 has one that begins in 1970 when
    /// it has no battery.
    private static func hasBatteryClock(earliest: WallTime) -> Bool {
        let directory = "/sys/class/rtc"
        return Directory.names(in: directory).contains { name in
            guard name.hasPrefix("rtc"), let seconds = number(in: "\(directory)/\(name)/since_epoch") else {
                return false
            }
            return WallTime(nanoseconds: 0) + Nanoseconds(seconds: seconds) >= earliest
        }
    }

    private static func number(in path: String) -> Double? {
        Double(SmallFile.text(path, atMost: 32).prefix { $0.isASCII && $0.isNumber })
    }
}
