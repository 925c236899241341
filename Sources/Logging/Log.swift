import CSystemd
import Clocks
import Glibc
import Synchronization
import Text

/// The gateway's log. On a terminal: `timestamp - level - message`. Under systemd: the journal, with searchable fields
/// (`journalctl LEADVILLE_SOURCE=udp`).
///
/// A message below the level costs one comparison: its text is not built. Messages for single events use the level
/// debug.
package enum Log {
    package enum Format: UInt8, Sendable {
        case text, journal
    }

    private static let level = Atomic<UInt8>(LogLevel.info.rawValue)
    private static let format = Atomic<UInt8>(Format.text.rawValue)
    /// Any thread may write to the log.
    private static let recent = Mutex(LogRing())

    /// How many lines are kept in memory.
    package static let recentCapacity = LogRing.capacity

    /// The latest lines, oldest first.
    package static func recentLines(_ count: Int) -> [LogLine] { recent.withLock { $0.latest(count) } }

    /// The number that the next line gets.
    package static var nextLineNumber: UInt64 { recent.withLock { $0.next } }

    package static func configure(level: LogLevel, format: Format) {
        Self.level.store(level.rawValue, ordering: .relaxed)
        Self.format.store(format.rawValue, ordering: .relaxed)
    }

    package static func set(level: LogLevel) {
        Self.level.store(level.rawValue, ordering: .relaxed)
    }

    /// Whether standard error is connected to the journal: systemd identifies the stream by device and inode.
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
        let (message, time) = (message(), SystemClock.wall())
        let source = fields.first { $0.key == "SOURCE" || $0.key == "ADAPTER" }?.value ?? ""
        recent.withLock { $0.append(level, message, source: source, at: time) }
        if format.load(ordering: .relaxed) == Format.journal.rawValue {
            writeToJournal(level, message, fields)
        } else {
            writeToStandardError(line(level, message, at: time))
        }
    }

    static func line(_ level: LogLevel, _ message: String, at time: WallTime) -> [UInt8] {
        var bytes: [UInt8] = []
        ISO8601.append(time, to: &bytes)
        bytes.append(contentsOf: " - \(level.label) - ".utf8)
        bytes.append(contentsOf: PlainText.string(message).utf8)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    private static func writeToStandardError(_ line: [UInt8]) {
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private static func writeToJournal(
        _ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, String>
    ) {
        // `journalctl` shows a message as it is.
        var entries = [Array("MESSAGE=\(PlainText.string(message))".utf8), Array("PRIORITY=\(level.priority)".utf8)]
        entries += fields.map { Array("LEADVILLE_\($0.key.uppercased())=\($0.value)".utf8) }
        // The journal's function needs pointers to all entries at once, so they share one buffer.
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

package enum LogLevel: UInt8, CaseIterable, Comparable, Sendable {
    case debug, info, warning, error

    /// As in the configuration and on the command line.
    package var name: String {
        switch self {
        case .debug: "debug"
        case .info: "info"
        case .warning: "warning"
        case .error: "error"
        }
    }

    package init?(name: String) {
        guard let level = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = level
    }

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// As shown in a line of the log.
    package var label: String { name.uppercased() }

    /// The number used by syslog and the journal.
    var priority: Int {
        switch self {
        case .debug: 7
        case .info: 6
        case .warning: 4
        case .error: 3
        }
    }
}
