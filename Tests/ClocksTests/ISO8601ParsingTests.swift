import Clocks
import Testing

@Suite("Reading times") struct ISO8601ParsingTests {
    @Test("what is written is read back, from 1717 to 2223")
    func roundTrip() {
        for step in -4_000...4_000 {
            let time = WallTime(nanoseconds: Int64(step) * 2_000_123_456_789_011)
            let text = ISO8601.string(time, precision: .nanoseconds)
            #expect(ISO8601.parse(text) == time, "\(text)")
        }
    }

    @Test("with less, and as a date")
    func forms() {
        #expect(ISO8601.parse("1970-01-01") == WallTime(nanoseconds: 0))
        #expect(ISO8601.parse("1970-01-02T00:00:01Z") == WallTime(nanoseconds: 86_401_000_000_000))
        #expect(ISO8601.parse("1970-01-01T00:00:00.25Z") == WallTime(nanoseconds: 250_000_000))
        #expect(ISO8601.parse("2024-02-29") != nil)
        #expect(ISO8601.parse("1678-01-01") != nil && ISO8601.parse("2261-12-31T23:59:59.999999999Z") != nil)
    }

    @Test(
        "what is none",
        arguments: [
            "", "2026", "2026-09", "2026-13-01", "2026-00-01", "2026-02-30", "2023-02-29", "2026-09-13T", "2026-9-13",
            "2026-09-13T18:30Z", "2026-09-13T18:30:45", "2026-09-13T24:00:00Z", "2026-09-13T18:60:00Z",
            "2026-09-13T18:30:45.Z", "2026-09-13T18:30:45.1234567890Z", "2026-09-13T18:30:45+02:00",
            "2026-09-13T18:30:45Zx", " 2026-09-13", "20260913", "2026-09-13 18:30:45Z", "２０２６-09-13", "1677-12-31",
            "2262-01-01", "0000-01-01", "1013-01-01T00:00:00.000Z", "9999-12-31", "9999-12-31T23:59:59.999999999Z",
        ])
    func refused(text: String) {
        #expect(ISO8601.parse(text) == nil)
    }
}
