import Glibc

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
        for process in names(in: "/proc", atMost: maximumProcesses) where process != own && Int32(process) != nil {
            let descriptors = "/proc/\(process)/fd"
            for number in names(in: descriptors, atMost: maximumDescriptors)
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
        return names(in: "/proc/\(process)/fdinfo", atMost: maximumDescriptors).contains { number in
            text(of: "/proc/\(process)/fdinfo/\(number)").contains(line)
        }
    }

    /// The device number behind a path; nil unless it is a character device.
    private static func device(_ path: String) -> dev_t? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFCHR else { return nil }
        return status.st_rdev
    }

    private static func name(of process: String) -> String {
        let name = text(of: "/proc/\(process)/comm").prefix { $0 != "\n" }
        return name.isEmpty ? "a program" : String(name)
    }

    /// The first 512 bytes of a file.
    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 512)
        let count = max(0, read(descriptor, &buffer, buffer.count))
        return String(decoding: buffer.prefix(count), as: UTF8.self)
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
