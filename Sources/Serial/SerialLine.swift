import CLinux
import Glibc
import Reactor

/// One open serial port's descriptor, ours alone, and the calls on it.
struct SerialLine: ~Copyable {
    /// What a call on the line came to.
    enum Outcome: Equatable {
        case moved(Int)
        /// Nothing can be moved now; the loop will say when.
        case wouldBlock
        /// The device was pulled out. Every later call says so too.
        case gone
    }

    let descriptor: OwnedDescriptor

    /// Opens the port, takes it for us alone and sets it up. What had come in before is forgotten.
    static func open(_ path: String, _ settings: SerialSettings) throws(SerialError) -> SerialLine {
        // Who locks nothing is in the way as well; to open the port would pull the lines under their feet.
        if let holder = PortHolder.find(path) { throw .busy(path: path, holder: holder) }
        let number = Glibc.open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC)
        guard number >= 0 else { throw SerialError("open", on: path) }
        let line = SerialLine(descriptor: OwnedDescriptor(adopting: number))
        guard linux_serial_baud_rate(number) >= 0 else { throw SerialError("TCGETS2", on: path) }
        // The lock is what the tools that flash boards look at; the other keeps out those who look at nothing.
        guard flock(number, LOCK_EX | LOCK_NB) == 0 else { throw SerialError("flock", on: path) }
        // At once: opening has raised the lines together, and together they must fall, or the circuit that resets a
        // development board takes the one that is left for a command. A pseudo terminal has no such lines.
        linux_serial_set_lines(number, settings.controlLines == .asserted ? 1 : 0)
        guard linux_serial_set_exclusive(number, 1) == 0 else { throw SerialError("TIOCEXCL", on: path) }
        try line.configure(settings, path: path)
        linux_serial_discard(number)
        return line
    }

    borrowing func configure(_ settings: SerialSettings, path: String) throws(SerialError) {
        let parity: Int32 =
            switch settings.parity {
            case .none: 0
            case .odd: 1
            case .even: 2
            }
        let isSet = linux_serial_configure(
            descriptor.number, UInt32(clamping: settings.baudRate), Int32(clamping: settings.dataBits), parity,
            Int32(clamping: settings.stopBits), settings.flowControl ? 1 : 0)
        guard isSet == 0 else {
            if errno == EINVAL { throw .unsupportedRate(path: path, wanted: settings.baudRate, offered: nil) }
            throw SerialError("TCSETS2", on: path)
        }
        let offered = Int(linux_serial_baud_rate(descriptor.number))
        // Receivers tolerate a few percent; drivers round to what their chip can do.
        guard offered > 0, abs(offered - settings.baudRate) * 100 <= settings.baudRate * 3 else {
            throw .unsupportedRate(path: path, wanted: settings.baudRate, offered: offered > 0 ? offered : nil)
        }
    }

    /// Has bytes handed over as they come instead of after 16 ms: whether the driver said yes.
    borrowing func lowerLatency() -> Bool {
        linux_serial_lower_latency(descriptor.number) == 0
    }

    borrowing func read(into buffer: inout [UInt8]) -> Outcome {
        let count = buffer.withUnsafeMutableBytes { Glibc.read(descriptor.number, $0.baseAddress, $0.count) }
        // 0 is not "nothing yet": it is what a port says from the moment on at which its device was pulled out.
        return count > 0 ? .moved(count) : count == 0 ? .gone : Self.outcome(errno)
    }

    borrowing func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        let count = Glibc.write(descriptor.number, bytes.baseAddress, bytes.count)
        return count >= 0 ? .moved(count) : Self.outcome(errno)
    }

    /// To be called before the descriptor goes. Otherwise closing would wait, up to half a minute, for a device that has
    /// stopped taking what was written.
    borrowing func letGo() {
        linux_serial_discard(descriptor.number)
        linux_serial_set_exclusive(descriptor.number, 0)
    }

    private static func outcome(_ code: Int32) -> Outcome {
        code == EAGAIN || code == EINTR ? .wouldBlock : .gone
    }
}
