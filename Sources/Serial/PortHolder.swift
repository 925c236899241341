import Glibc
import Reactor

/// Finds the process that has a port open, among those whose descriptors this process may read.
package enum PortHolder {
    // The search runs on the reactor: it must stay bounded.
    private static let maximumProcesses = 4_096
    private static let maximumDescriptors = 1_024

    /// `ModemManager (process 512)`; nil if no holder is visible.
    package static func find(_ path: String) -> String? {
        guard let device = device(path) else { return nil }
        let terminal = pseudoTerminal(device)
        let own = String(getpid())
        for process in Directory.names(in: "/proc", atMost: maximumProcesses)
        where process != own && Int32(process) != nil {
            let descriptors = "/proc/\(process)/fd"
            for number in Directory.names(in: descriptors, atMost: maximumDescriptors)
            where self.device("\(descriptors)/\(number)") == device {
                if let terminal, controls(terminal, process) { break }
                return "\(name(of: process)) (process \(process))"
            }
        }
        return nil
    }

    /// The number of a pseudo terminal; nil for any other device.
    private static func pseudoTerminal(_ device: dev_t) -> Int? {
        let number = UInt64(device)
        let major = Int(number >> 8 & 0xFFF), minor = Int(number & 0xFF | number >> 12 & 0xFFF00)
        return 136...143 ~= major ? (major - 136) << 20 | minor : nil
    }

    /// Whether the process has the master side of a pseudo terminal open: then it plays the device and is no rival.
    private static func controls(_ terminal: Int, _ process: String) -> Bool {
        let line = "tty-index:\t\(terminal)\n"
        return Directory.names(in: "/proc/\(process)/fdinfo", atMost: maximumDescriptors).contains { number in
            SmallFile.text("/proc/\(process)/fdinfo/\(number)", atMost: 512).contains(line)
        }
    }

    /// The device number behind a path; nil unless it is a character device.
    private static func device(_ path: String) -> dev_t? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
        return status.st_rdev
    }

    private static func name(of process: String) -> String {
        let name = SmallFile.text("/proc/\(process)/comm", atMost: 512).prefix { $0 != "\n" }
        return name.isEmpty ? "a program" : String(name)
    }
}
