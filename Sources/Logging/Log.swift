import CSystemd
import Clocks
import Glibc
import Synchronization

/// The gateway's log. On a terminal: `timestamp - level - message`. Under systemd: the journal, with fields of its own
/// that can be searched for (`journalctl LEADVILLE_SOURCE=udp`).
///
/// Lines below the level cost one comparison: their text is never made. Nothing is logged for each event above debug.
package enum Log {
    package enum Format: UInt8, Sendable {
        case text, journal
    }

    private static let level = Atomic<UInt8>(LogLevel.info.rawValue)
    private static let format = Atomic<UInt8>(Format.text.rawValue)

    package static func configure(level: LogLevel, format: Format) {
        Self.level.store(level.rawValue, ordering: .relaxed)
        Self.format.store(format.rawValue, ordering: .relaxed)
    }

    package static func set(level: LogLevel) {
        Self.level.store(level.rawValue, ordering: .relaxed)
    }

    /// Whether standard error is the journal's: systemd names the journal's stream by device and inode.
    package static var standardErrorIsJournal: Bool {
        guard let stream = getenv("JOURNAL_STREAM") else { return false }
        var info = stat()
        guard fstat(STDERR_FILENO, &info) == 0 else { return false }
        return String(cString: stream) == "\(info.st_dev):\(info.st_ino)"
    }

    package static func debug(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.debug, message, fields)
    }

    package static func info(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.info, message, fields)
    }

    package static func warning(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.warning, message, fields)
    }

    package static func error(_ message: @autoclosure () -> String, _ fields: KeyValuePairs<String, String> = [:]) {
        write(.error, message, fields)
    }

    private static func write(
        _ level: LogLevel, _ message: () -> String, _ fields: KeyValuePairs<String, String>
    ) {
        guard level.rawValue >= Self.level.load(ordering: .relaxed) else { return }
        if format.load(ordering: .relaxed) == Format.journal.rawValue {
            writeToJournal(level, message(), fields)
        } else {
            writeToStandardError(line(level, message(), at: SystemClock.wall()))
        }
    }

    /// Text from outside may hold line ends and escape sequences; it must not forge lines or steer a terminal.
    static func line(_ level: LogLevel, _ message: String, at time: WallTime) -> [UInt8] {
        var bytes: [UInt8] = []
        ISO8601.append(time, to: &bytes)
        bytes.append(contentsOf: " - \(level.label) - ".utf8)
        for byte in message.utf8 { bytes.append(byte < 0x20 || byte == 0x7f ? UInt8(ascii: "?") : byte) }
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func writeToStandardError(_ line: [UInt8]) {
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func writeToJournal(
        _ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, String>
    ) {
        var entries = [Array("MESSAGE=\(message)".utf8), Array("PRIORITY=\(level.priority)".utf8)]
        entries += fields.map { Array("LEADVILLE_\($0.key.uppercased())=\($0.value)".utf8) }
        // The journal's call wants pointers to all entries at once: they lie one after the other in one buffer.
        var bytes = entries.flatMap(\.self)
        bytes.withUnsafeMutableBytes { buffer in
            var vectors: [iovec] = []
            var offset = 0
            for entry in entries {
                vectors.append(iovec(iov_base: buffer.baseAddress?.advanced(by: offset), iov_len: entry.count))
                offset += entry.count
            }
            sd_journal_sendv(vectors, Int32(vectors.count))
        }
    }
}
