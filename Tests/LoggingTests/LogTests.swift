import Clocks
import Testing

@testable import Logging

@Suite("Log lines") struct LogTests {
    @Test("a line is timestamp - level - message")
    func format() {
        let line = Log.line(.warning, "Invalid JSON", at: WallTime(nanoseconds: 1_694_629_845_123_000_000))
        #expect(String(decoding: line, as: UTF8.self) == "2023-09-13T18:30:45.123Z - WARNING - Invalid JSON\n")
    }

    @Test("external text can neither forge a line nor control a terminal")
    func hostile() {
        let line = Log.line(.info, "a\nb\u{1b}[31m\u{7f}", at: WallTime(nanoseconds: 0))
        #expect(String(decoding: line, as: UTF8.self) == "1970-01-01T00:00:00.000Z - INFO - a?b?[31m?\n")
    }

    @Test("C1 controls and marks of direction are replaced")
    func unsafeCharacters() {
        let line = Log.line(.info, "\u{9B}2J\u{202E}x", at: WallTime(nanoseconds: 0))
        #expect(String(decoding: line, as: UTF8.self) == "1970-01-01T00:00:00.000Z - INFO - ?2J?x\n")
    }

    @Test("levels are found by their lower-case name", arguments: LogLevel.allCases)
    func levels(level: LogLevel) {
        #expect(LogLevel(name: level.name) == level)
        #expect(LogLevel(name: level.name.uppercased()) == nil)
    }

    @Test("a throttle passes a burst in each period and counts the suppressed messages")
    func throttle() {
        var throttle = LogThrottle(burst: 2, every: .seconds(10))
        func decide(_ second: Int64) -> LogThrottle.Decision {
            throttle.decide(at: MonotonicTime(nanoseconds: second * 1_000_000_000))
        }
        #expect(decide(0) == .log(suppressed: 0))
        #expect(decide(1) == .log(suppressed: 0))
        #expect(decide(2) == .suppress)
        #expect(decide(9) == .suppress)
        #expect(decide(10) == .log(suppressed: 2))
        #expect(decide(11) == .log(suppressed: 0))
        #expect(decide(12) == .suppress)
    }
}

@Suite("Latest lines of the log") struct LogRingTests {
    @Test("keeps the latest lines, in order and shortened")
    func ring() {
        var ring = LogRing()
        #expect(ring.latest(5).isEmpty)
        let count = LogRing.capacity + 3
        for number in 0..<count {
            ring.append(.info, "line \(number)", source: "s", at: WallTime(nanoseconds: Int64(number)))
        }
        let latest = ring.latest(.max)
        #expect(latest.count == LogRing.capacity && latest.map(\.number) == Array(UInt64(3)..<UInt64(count)))
        #expect(latest.last?.message == "line \(count - 1)" && ring.latest(1).map(\.number) == [UInt64(count - 1)])
        #expect(ring.latest(0).isEmpty && ring.latest(-1).isEmpty && ring.next == UInt64(count))
        ring.append(.error, String(repeating: "x", count: 5_000), source: "", at: WallTime(nanoseconds: 0))
        #expect(ring.latest(1)[0].message.utf8.count <= LogRing.maximumMessageBytes)
    }
}
