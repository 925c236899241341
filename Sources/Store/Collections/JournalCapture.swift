import Clocks
import JSON

/// Some of the newest events, each as a line of JSON with the bytes and causes that it was derived from.
package struct JournalCapture: Equatable, Sendable {
    package struct Limits: Equatable, Sendable {
        package var entries = 20_000
        package var bytes = 4 << 20

        package init() {}
    }

    package var lines: [UInt8] = []
    /// Where the next page begins.
    package var readThrough: Int64
    package var isLast = false
}

extension DataStore {
    /// The number behind which the newest events begin: those since a moment, within the limits, with all changes so far.
    package func beginningOfCapture(
        since time: WallTime, _ limits: JournalCapture.Limits = JournalCapture.Limits()
    ) async throws(StoreError) -> Int64 {
        try await readAfterWrites { try StoreQueries.beginningOfCapture(since: time, limits, in: $0) }
    }

    /// A part of the events with numbers above `sequence`, without the kinds in `excluded`.
    package func capture(after sequence: Int64, without excluded: Set<String>) async throws(StoreError)
        -> JournalCapture
    {
        try await read(afterWrites: false) { try StoreQueries.capture(after: sequence, without: excluded, in: $0) }
    }
}

extension StoreQueries {
    /// A page is read at once, and others wait meanwhile.
    private static let pageBytes = 48 << 10
    private static let pageEntries = 1_000

    static func beginningOfCapture(
        since time: WallTime, _ limits: JournalCapture.Limits, in database: SQLiteDatabase
    ) throws(SQLiteError) -> Int64 {
        let statement = try database.prepare(
            """
            SELECT event.seq, event.t_ns, length(CAST(event.body AS BLOB)) + ifnull(length(CAST(explanation.body AS BLOB)), 0)
            FROM event LEFT JOIN explanation ON explanation.event = event.seq ORDER BY event.seq DESC
            """, activity: "finding the latest events")
        var (count, bytes) = (0, 0)
        while try statement.step() {
            count += 1
            bytes += Int(clamping: statement.integer(2) ?? 0)
            let isOld = statement.integer(1) ?? 0 < time.nanoseconds
            guard !isOld, count <= limits.entries, bytes <= limits.bytes else { return statement.integer(0) ?? 0 }
        }
        return 0
    }

    static func capture(
        after sequence: Int64, without excluded: Set<String>, in database: SQLiteDatabase
    ) throws(SQLiteError) -> JournalCapture {
        let statement = try database.prepare(
            """
            SELECT event.seq, event.kind, event.source, event.body, explanation.body
            FROM event LEFT JOIN explanation ON explanation.event = event.seq WHERE event.seq > ?1 ORDER BY event.seq
            """, activity: "reading the latest events")
        try statement.bind(sequence, at: 1)
        var capture = JournalCapture(readThrough: sequence)
        var count = 0
        while capture.lines.count < pageBytes, count < pageEntries {
            guard try statement.step() else {
                capture.isLast = true
                break
            }
            count += 1
            capture.readThrough = statement.integer(0) ?? capture.readThrough
            guard let kind = statement.text(1), !excluded.contains(kind), let event = statement.bytes(3) else {
                continue
            }
            var writer = JSONWriter()
            writer.beginObject()
            writer.member("source", statement.text(2) ?? "")
            writer.member("event", raw: event[...])
            if let explanation = statement.bytes(4) { writer.member("explanation", raw: explanation[...]) }
            writer.endObject()
            capture.lines += writer.finish()
            capture.lines.append(UInt8(ascii: "\n"))
        }
        return capture
    }
}
