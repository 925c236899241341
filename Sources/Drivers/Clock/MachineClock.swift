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
        guard let entries = opendir(directory) else { return false }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasPrefix("rtc"), let seconds = number(in: "\(directory)/\(name)/since_epoch") else { continue }
            if WallTime(nanoseconds: 0) + .seconds(seconds) >= earliest { return true }
        }
        return false
    }

    private static func number(in path: String) -> Int64? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 32)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return Int64(String(decoding: bytes.prefix(count).prefix { 0x30...0x39 ~= $0 }, as: UTF8.self))
    }
}
