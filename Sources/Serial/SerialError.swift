import Glibc
import Reactor

/// A serial port that cannot be had, said so that a person knows what to do about it.
package enum SerialError: Error, Equatable {
    /// There is no such file: unplugged, or never plugged in.
    case gone(path: String)
    /// The file's mode lets only its group in; nil when not even that one.
    case noPermission(path: String, group: String?)
    /// The mode lets us in, but the sandbox around us does not.
    case forbidden(path: String)
    /// Somebody else has it: a program's name and process id, when the system tells.
    case busy(path: String, holder: String?)
    case notSerialPort(path: String)
    /// The driver cannot do that speed; it offered another one, or none.
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
            "\(path) is not there; is the device plugged in?"
        case .noPermission(let path, let group?):
            "\(path) may be opened only by members of the group \(group): add the user who runs the gateway to it "
                + "(sudo usermod --append --groups \(group) USER), and log in again"
        case .noPermission(let path, nil):
            "\(path) may not be opened by this user"
        case .forbidden(let path):
            "\(path) is kept from the gateway by the service's settings (DeviceAllow= in its unit) or a container's"
        case .busy(let path, let holder):
            "\(path) is in use by \(holder ?? "another program"); stop that one first"
        case .notSerialPort(let path):
            "\(path) is not a serial port"
        case .unsupportedRate(let path, let wanted, let offered):
            "\(path) cannot do \(wanted) baud" + (offered.map { "; it would do \($0)" } ?? "")
        case .failed(let path, let error):
            "\(path): \(error)"
        }
    }
}

extension SerialError {
    /// What a failed system call means for whoever wants the port.
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
