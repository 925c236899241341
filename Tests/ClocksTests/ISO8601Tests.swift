import Clocks
import Foundation
import Testing

@Suite("Dates") struct ISO8601Tests {
    @Test(
        "known moments, before and after 1970",
        arguments: [
            (Int64(0), "1970-01-01T00:00:00.000Z"),
            (1_694_629_845_123_456_789, "2023-09-13T18:30:45.123Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (951_782_400_000_000_000, "2000-02-29T00:00:00.000Z"),
            (4_107_542_400_000_000_000, "2100-03-01T00:00:00.000Z"),
        ])
    func known(nanoseconds: Int64, text: String) {
        #expect(ISO8601.string(WallTime(nanoseconds: nanoseconds)) == text)
    }

    @Test("every precision truncates")
    func precisions() {
        let time = WallTime(nanoseconds: 999_999_999)
        #expect(ISO8601.string(time, precision: .seconds) == "1970-01-01T00:00:00Z")
        #expect(ISO8601.string(time, precision: .milliseconds) == "1970-01-01T00:00:00.999Z")
        #expect(ISO8601.string(time, precision: .microseconds) == "1970-01-01T00:00:00.999999Z")
        #expect(ISO8601.string(time, precision: .nanoseconds) == "1970-01-01T00:00:00.999999999Z")
    }

    @Test("agrees with Foundation's calendar over four centuries")
    func agreesWithFoundation() {
        let formatter = ISO8601DateFormatter()
        var random = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let seconds = Int64.random(in: -8_000_000_000...8_000_000_000, using: &random)
            let ours = ISO8601.string(WallTime(nanoseconds: seconds * 1_000_000_000), precision: .seconds)
            #expect(ours == formatter.string(from: Date(timeIntervalSince1970: Double(seconds))))
        }
    }

    @Test("spans from seconds stay within the type")
    func spans() {
        #expect(Nanoseconds(seconds: 1.5).count == 1_500_000_000)
        #expect(Nanoseconds(seconds: Double.infinity).count == .max)
        #expect(Nanoseconds(seconds: -Double.infinity).count == .min)
        #expect(Nanoseconds(seconds: Double.nan).count == 0)
        #expect(Nanoseconds(seconds: 1e300).count == .max)
    }
}

@Suite("Parsing times") struct ISO8601ParsingTests {
    @Test("formatted times are parsed back, from 1717 to 2223")
    func roundTrip() {
        for step in -4_000...4_000 {
            let time = WallTime(nanoseconds: Int64(step) * 2_000_123_456_789_011)
            let text = ISO8601.string(time, precision: .nanoseconds)
            #expect(ISO8601.parse(text) == time, "\(text)")
        }
    }

    @Test("accepts fewer digits and dates")
    func forms() {
        #expect(ISO8601.parse("1970-01-01") == WallTime(nanoseconds: 0))
        #expect(ISO8601.parse("1970-01-02T00:00:01Z") == WallTime(nanoseconds: 86_401_000_000_000))
        #expect(ISO8601.parse("1970-01-01T00:00:00.25Z") == WallTime(nanoseconds: 250_000_000))
        #expect(ISO8601.parse("2024-02-29") != nil)
        #expect(ISO8601.parse("1678-01-01") != nil && ISO8601.parse("2261-12-31T23:59:59.999999999Z") != nil)
    }

    @Test(
        "rejects invalid times",
        arguments: [
            "", "2026", "2026-09", "2026-13-01", "2026-00-01", "2026-02-30", "2023-02-29", "2026-09-13T", "2026-9-13",
            "2026-09-13T18:30Z", "2026-09-13T18:30:45", "2026-09-13T24:00:00Z", "2026-09-13T18:60:00Z",
            "2026-09-13T18:30:45.Z", "2026-09-13T18:30:45.1234567890Z", "2026-09-13T18:30:45+02:00",
            "2026-09-13T18:30:45Zx", " 2026-09-13", "20260913", "2026-09-13 18:30:45Z", "２０２６-09-13", "1677-12-31",
            "2262-01-01", "0000-01-01", "1013-01-01T00:00:00.000Z", "9999-12-31", "9999-12-31T23:59:59.999999999Z",
        ])
    func invalid(text: String) {
        #expect(ISO8601.parse(text) == nil)
    }
}

@Suite("Cached time stamp text") struct TimestampFormatterTests {
    @Test("equals the uncached text after any previous time")
    func agreesWithFresh() {
        var text = TimestampFormatter()
        var time: Int64 = 1_694_629_845_000_000_000
        var random = SystemRandomNumberGenerator()
        for _ in 0..<5_000 {
            time += Int64.random(in: -400_000_000...500_000_000, using: &random)
            let wall = WallTime(nanoseconds: time)
            #expect(String(decoding: text.text(of: wall), as: UTF8.self) == ISO8601.string(wall))
        }
    }

    @Test(
        "is correct at the edges of the cache",
        arguments: [0, 1, 999_999_999, -1, -999_999_999, -1_000_000_000, 4_107_542_400_000_000_000] as [Int64])
    func edges(nanoseconds: Int64) {
        var text = TimestampFormatter()
        for offset in [0, 1_000_000, -1_000_000, 0] as [Int64] {
            let wall = WallTime(nanoseconds: nanoseconds + offset)
            #expect(String(decoding: text.text(of: wall), as: UTF8.self) == ISO8601.string(wall))
        }
    }
}
