import Clocks

/// One line of the log.
package struct LogLine: Hashable, Sendable {
    /// Counted from 0.
    package let number: UInt64
    package let time: WallTime
    package let level: LogLevel
    /// The device that it is about; empty if it is about none.
    package let source: String
    package let message: String
}

/// The latest lines of the log, bounded in number and length.
struct LogRing: Sendable {
    static let capacity = 500
    static let maximumMessageBytes = 1_000

    private var lines: [LogLine] = []
    private(set) var next: UInt64 = 0

    mutating func append(_ level: LogLevel, _ message: String, source: String, at time: WallTime) {
        let line = LogLine(
            number: next, time: time, level: level, source: source,
            message: message.utf8.count <= Self.maximumMessageBytes
                ? message : String(decoding: message.utf8.prefix(Self.maximumMessageBytes - 6), as: UTF8.self) + "…")
        if lines.count < Self.capacity { lines.append(line) } else { lines[Int(next % UInt64(Self.capacity))] = line }
        next += 1
    }

    /// The latest lines, oldest first.
    func latest(_ count: Int) -> [LogLine] {
        let count = UInt64(min(max(0, count), lines.count))
        return (next - count..<next).map { lines[Int($0 % UInt64(Self.capacity))] }
    }
}
