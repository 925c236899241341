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

    @Test("every precision is cut, not rounded")
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
