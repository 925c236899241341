import Glibc
import Reactor

/// One open serial port's descriptor, ours alone, and the calls on it.
struct SerialLine: ~Copyable {
    /// What a call on the line came to.
    enum Outcome: Equatable {
        case transferred(Int)
        /// Nothing can be moved now; the loop will say when.
        case wouldBlock
        /// The device was pulled out. Every later call says so too.
        case disconnected
    }

    let descriptor: OwnedDescriptor
    private let calls: SerialSystemCalls

    /// Opens the port, takes it for us alone and sets it up. What had come in before is forgotten.
    static func open(
        _ path: String, _ settings: SerialSettings, calls: SerialSystemCalls = .kernel
    ) throws(SerialError) -> SerialLine {
        // Who locks nothing is in the way as well; to open the port would pull the lines under their feet.
        if let holder = PortHolder.find(path) { throw .busy(path: path, holder: holder) }
        let number = try SerialError.check(calls.open(path), "open", path)
        let line = SerialLine(descriptor: OwnedDescriptor(adopting: number), calls: calls)
        _ = try SerialError.check(calls.baudRate(number), "TCGETS2", path)
        // The lock is what the tools that flash boards look at; the other keeps out those who look at nothing.
        _ = try SerialError.check(calls.lock(number), "flock", path)
        // At once: opening has raised the lines together, and together they must fall, or the circuit that resets a
        // development board takes the one that is left for a command. A pseudo terminal has no such lines.
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
        // Receivers tolerate a few percent; drivers round to what their chip can do.
        guard offered > 0, abs(offered - settings.baudRate) * 100 <= settings.baudRate * 3 else {
            throw .unsupportedRate(path: path, wanted: settings.baudRate, offered: offered > 0 ? offered : nil)
        }
    }

    /// Has bytes handed over as they come instead of after 16 ms: whether the driver said yes.
    borrowing func lowerLatency() -> Bool {
        calls.lowerLatency(descriptor.number) >= 0
    }

    borrowing func read(into buffer: inout [UInt8]) -> Outcome {
        let count = buffer.withUnsafeMutableBytes { calls.read(descriptor.number, $0) }
        // 0 is not "nothing yet": it is what a port says from the moment on at which its device was pulled out.
        return count == 0 ? .disconnected : Self.outcome(count)
    }

    borrowing func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        Self.outcome(calls.write(descriptor.number, bytes))
    }

    borrowing func discard() {
        calls.discard(descriptor.number)
    }

    /// To be called before the descriptor goes. Otherwise closing would wait, up to half a minute, for a device that has
    /// stopped taking what was written.
    borrowing func prepareToClose() {
        calls.discard(descriptor.number)
        _ = calls.setExclusive(descriptor.number, false)
    }

    private static func outcome(_ result: Int) -> Outcome {
        if result >= 0 { return .transferred(result) }
        return result == -Int(EAGAIN) || result == -Int(EINTR) ? .wouldBlock : .disconnected
    }
}

extension SerialError {
    /// Passes on what a call gave, or says what its failure means.
    fileprivate static func check(_ result: Int32, _ call: String, _ path: String) throws(SerialError) -> Int32 {
        guard result >= 0 else { throw SerialError(call, on: path, code: -result) }
        return result
    }
}
