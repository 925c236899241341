import CLinux
import Glibc
import Reactor

/// The descriptor of an open serial port, locked for this process, and the calls on it.
struct SerialLine: ~Copyable {
    enum Outcome: Equatable {
        case transferred(Int)
        case wouldBlock
        /// The device was unplugged; every later call has the same outcome.
        case disconnected
    }

    let descriptor: OwnedDescriptor
    private let calls: SerialSystemCalls

    /// Opens, locks and configures the port, and discards bytes that arrived earlier.
    static func open(
        _ path: String, _ settings: SerialSettings, calls: SerialSystemCalls = .kernel
    ) throws(SerialError) -> SerialLine {
        // Check first for a holder without a lock: merely opening the port would change its control lines.
        if let holder = PortHolder.find(path) { throw .busy(path: path, holder: holder) }
        let number = try SerialError.check(calls.open(path), "open", path)
        let line = SerialLine(descriptor: OwnedDescriptor(adopting: number), calls: calls)
        _ = try SerialError.check(calls.baudRate(number), "TCGETS2", path)
        // flock is what flashing tools respect; TIOCEXCL keeps out programs that check nothing.
        _ = try SerialError.check(calls.lock(number), "flock", path)
        // Opening raises DTR and RTS together. They must also fall together: a single raised line would trigger the
        // auto-reset circuit of a development board. Fails harmlessly on a pseudo terminal, which has no such lines.
        _ = calls.setLines(number, settings.controlLines)
        _ = try SerialError.check(calls.setExclusive(number, true), "TIOCEXCL", path)
        try line.configure(settings, path: path)
        calls.discard(number)
        return line
    }

    borrowing func configure(_ settings: SerialSettings, path: String) throws(SerialError) {
        let result = calls.configure(descriptor.number, settings)
        if result == -EINVAL { throw .unsupportedRate(path: path, wanted: settings.baudRate, offered: nil) }
        _ = try SerialError.check(result, "TCSETS2", path)
        let offered = Int(calls.baudRate(descriptor.number))
        // Drivers round to a rate that the chip supports; receivers tolerate a few percent.
        guard offered > 0, abs(offered - settings.baudRate) * 100 <= settings.baudRate * 3 else {
            throw .unsupportedRate(path: path, wanted: settings.baudRate, offered: offered > 0 ? offered : nil)
        }
    }

    /// Asks the driver to deliver bytes at once instead of after up to 16 ms. Returns whether it agreed.
    borrowing func lowerLatency() -> Bool {
        calls.lowerLatency(descriptor.number) >= 0
    }

    borrowing func read(into buffer: inout [UInt8]) -> Outcome {
        let count = buffer.withUnsafeMutableBytes { calls.read(descriptor.number, $0) }
        // A port returns 0 only after its device was unplugged; "no data yet" is EAGAIN.
        return count == 0 ? .disconnected : Self.outcome(count)
    }

    borrowing func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        Self.outcome(calls.write(descriptor.number, bytes))
    }

    borrowing func discard() {
        calls.discard(descriptor.number)
    }

    /// Call before closing the descriptor. Otherwise close(2) waits up to 30 s for a device that has stopped reading.
    borrowing func prepareToClose() {
        calls.discard(descriptor.number)
        _ = calls.setExclusive(descriptor.number, false)
        // A child process that is being started has a copy of the descriptor for a moment.
        flock(descriptor.number, LOCK_UN)
    }

    private static func outcome(_ result: Int) -> Outcome {
        if result >= 0 { return .transferred(result) }
        return result == -Int(EAGAIN) || result == -Int(EINTR) ? .wouldBlock : .disconnected
    }
}

extension SerialError {
    fileprivate static func check(_ result: Int32, _ call: String, _ path: String) throws(SerialError) -> Int32 {
        guard result >= 0 else { throw SerialError(call, on: path, code: -result) }
        return result
    }
}

/// The system calls on a port, each replaceable so that tests can make it fail. A failed call returns -errno.
struct SerialSystemCalls: Sendable {
    var open: @Sendable (_ path: String) -> Int32 = {
        Self.checked(Glibc.open($0, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC))
    }
    /// Takes the advisory lock that flashing tools respect.
    var lock: @Sendable (Int32) -> Int32 = { Self.checked(flock($0, LOCK_EX | LOCK_NB)) }
    /// Sets or clears TIOCEXCL: with it set, other processes cannot open the port.
    var setExclusive: @Sendable (Int32, Bool) -> Int32 = { Self.checked(linux_serial_set_exclusive($0, $1 ? 1 : 0)) }
    var setLines: @Sendable (Int32, SerialSettings.ControlLines) -> Int32 = {
        Self.checked(linux_serial_set_lines($0, $1 == .asserted ? 1 : 0))
    }
    var configure: @Sendable (Int32, SerialSettings) -> Int32 = { Self.checked(Self.configure($0, $1)) }
    /// The rate that the driver has actually set.
    var baudRate: @Sendable (Int32) -> Int32 = { Self.checked(linux_serial_baud_rate($0)) }
    var lowerLatency: @Sendable (Int32) -> Int32 = { Self.checked(linux_serial_lower_latency($0)) }
    /// Discards bytes that were received but not read, and written but not sent.
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

/// The latency timer of FTDI adapters: they hold bytes back until 62 have arrived or the timer expires (default 16 ms).
/// A replug restores the default, so it is set each time the port is opened.
enum LatencyTimer {
    /// Sets the timer to 1 ms through sysfs. Returns false if there is none or permission is missing; the caller then
    /// depends on `SerialLine.lowerLatency`.
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
