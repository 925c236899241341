import CLinux
import Glibc

/// Finds who has a port open, as far as the system lets us look.
enum PortHolder {
    /// A machine with more processes than this has other worries; we do not hold up everything else to look at them.
    private static let mostProcesses = 4_096
    private static let mostDescriptors = 1_024

    /// `ModemManager (process 512)`; nil when nobody can be seen to have it.
    static func find(_ path: String) -> String? {
        guard let device = device(path) else { return nil }
        let own = String(getpid())
        for process in names(in: "/proc", atMost: mostProcesses) where process != own && Int32(process) != nil {
            let descriptors = "/proc/\(process)/fd"
            for number in names(in: descriptors, atMost: mostDescriptors)
            where self.device("\(descriptors)/\(number)") == device {
                return "\(name(of: process)) (process \(process))"
            }
        }
        return nil
    }

    /// The number of the device that a path leads to; nil when it leads to anything but a character device.
    private static func device(_ path: String) -> dev_t? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
        return status.st_rdev
    }

    private static func name(of process: String) -> String {
        let descriptor = open("/proc/\(process)/comm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "a program" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 64)
        let count = max(0, read(descriptor, &buffer, buffer.count))
        return String(decoding: buffer.prefix(count).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }

    private static func names(in directory: String, atMost most: Int) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while names.count < most, let entry = readdir(handle) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }
}
