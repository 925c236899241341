import Glibc
import Reactor

/// Why a serial port cannot be used. The description tells an operator what to do.
package enum SerialError: Error, Equatable {
    /// The device file does not exist: never plugged in, or unplugged.
    case gone(path: String)
    /// The file mode denies access; `group` is the group that has it, if any.
    case noPermission(path: String, group: String?)
    /// The file mode grants access, but a sandbox denies it.
    case forbidden(path: String)
    /// In use by another program: `holder` is its name and process id, if known.
    case busy(path: String, holder: String?)
    case notSerialPort(path: String)
    /// The driver does not support the rate; `offered` is the nearest that it does, if known.
    case unsupportedRate(path: String, wanted: Int, offered: Int?)
    case failed(path: String, SystemError)

    /// A stable name for counters.
    package var name: String {
        switch self {
        case .gone: "gone"
        case .noPermission: "no_permission"
        case .forbidden: "forbidden"
        case .busy: "busy"
        case .notSerialPort: "not_serial_port"
        case .unsupportedRate: "unsupported_rate"
        case .failed: "failed"
        }
    }
}

extension SerialError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .gone(let path):
            "\(path) does not exist: check that the device is plugged in"
        case .noPermission(let path, let group?):
            "\(path): permission denied; only members of the group \(group) may open it. Add the gateway's user to it "
                + "(sudo usermod --append --groups \(group) USER), then log in again"
        case .noPermission(let path, nil):
            "\(path): permission denied for this user"
        case .forbidden(let path):
            "\(path): access blocked by a sandbox; check DeviceAllow= in the service unit, or the container's devices"
        case .busy(let path, let holder):
            "\(path) is in use by \(holder ?? "another program"); stop that program first"
        case .notSerialPort(let path):
            "\(path) is not a serial port"
        case .unsupportedRate(let path, let wanted, let offered):
            "\(path) does not support \(wanted) baud" + (offered.map { "; the driver offers \($0)" } ?? "")
        case .failed(let path, let error):
            "\(path): \(error)"
        }
    }
}

extension SerialError {
    /// Interprets the error number of a failed system call on the port.
    init(_ call: String, on path: String, code: Int32 = errno) {
        switch code {
        case ENOENT, ENXIO, ENODEV, EIO: self = .gone(path: path)
        case EACCES: self = .noPermission(path: path, group: FileGroup.accessGroup(of: path))
        case EPERM: self = .forbidden(path: path)
        case EBUSY, EWOULDBLOCK: self = .busy(path: path, holder: PortHolder.find(path))
        case ENOTTY, EISDIR, ENOTDIR, ELOOP: self = .notSerialPort(path: path)
        default: self = .failed(path: path, SystemError(call, code: code))
        }
    }
}

enum FileGroup {
    /// What the kernel reports for a group that is not mapped into this user namespace.
    private static let overflow: gid_t = 65_534

    /// The group whose members may read and write the file; nil if the mode grants its group nothing, or the group is
    /// unknown.
    static func accessGroup(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o060 == 0o060, status.st_gid != overflow else { return nil }
        return name(of: status.st_gid)
    }

    private static func name(of group: gid_t) -> String {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard getgrgid_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.gr_name
        else { return String(group) }
        return String(cString: name)
    }
}
