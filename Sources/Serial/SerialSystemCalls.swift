import CLinux
import Glibc

/// The system calls on a port, each as something that can be replaced: tests let them fail one by one. All give what the
/// call gives, or the negative error number.
struct SerialSystemCalls: Sendable {
    var open: @Sendable (_ path: String) -> Int32 = {
        Self.checked(Glibc.open($0, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
    }
    /// Takes the lock that the tools which flash boards look at.
    var lock: @Sendable (Int32) -> Int32 = { Self.checked(flock($0, LOCK_EX | LOCK_NB)) }
    /// Keeps everybody else from opening the port, or lets them again.
    var setExclusive: @Sendable (Int32, Bool) -> Int32 = { Self.checked(linux_serial_set_exclusive($0, $1 ? 1 : 0)) }
    var setLines: @Sendable (Int32, SerialSettings.ControlLines) -> Int32 = {
        Self.checked(linux_serial_set_lines($0, $1 == .asserted ? 1 : 0))
    }
    var configure: @Sendable (Int32, SerialSettings) -> Int32 = { Self.checked(Self.configure($0, $1)) }
    /// The speed that the driver has really set.
    var baudRate: @Sendable (Int32) -> Int32 = { Self.checked(linux_serial_baud_rate($0)) }
    var lowerLatency: @Sendable (Int32) -> Int32 = { Self.checked(linux_serial_lower_latency($0)) }
    /// Forgets what came in and was not read, and what was written and is not sent.
    var discard: @Sendable (Int32) -> Void = { linux_serial_discard($0) }
    var read: @Sendable (Int32, UnsafeMutableRawBufferPointer) -> Int = {
        Self.checked(Glibc.read($0, $1.baseAddress, $1.count))
    }
    var write: @Sendable (Int32, UnsafeRawBufferPointer) -> Int = {
        Self.checked(Glibc.write($0, $1.baseAddress, $1.count))
    }

    static let kernel = SerialSystemCalls()

    private static func checked<Number: SignedInteger>(_ result: Number) -> Number {
        result < 0 ? -Number(errno) : result
    }

    private static func configure(_ descriptor: Int32, _ settings: SerialSettings) -> Int32 {
        let parity: Int32 =
            switch settings.parity {
            case .none: 0
            case .odd: 1
            case .even: 2
            }
        return linux_serial_configure(
            descriptor, UInt32(clamping: settings.baudRate), Int32(clamping: settings.dataBits), parity,
            Int32(clamping: settings.stopBits), settings.flowControl ? 1 : 0)
    }
}
