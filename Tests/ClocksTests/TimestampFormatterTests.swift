import Clocks
import Testing

@Suite("The kept text of a second") struct TimestampFormatterTests {
    @Test("is the text that a fresh one would be, whatever came before")
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
        "at the edges of what it keeps",
        arguments: [0, 1, 999_999_999, -1, -999_999_999, -1_000_000_000, 4_107_542_400_000_000_000] as [Int64])
    func edges(nanoseconds: Int64) {
        var text = TimestampFormatter()
        for offset in [0, 1_000_000, -1_000_000, 0] as [Int64] {
            let wall = WallTime(nanoseconds: nanoseconds + offset)
            #expect(String(decoding: text.text(of: wall), as: UTF8.self) == ISO8601.string(wall))
        }
    }
}
