import Clocks
import Testing

@Suite("Local days") struct LocalDayTests {
    @Test("a day begins at its midnight", arguments: [0, 1_694_629_845, 1_743_300_000, 1_761_440_400])
    func midnight(seconds: Int64) {
        let time = WallTime(nanoseconds: seconds * 1_000_000_000 + 5)
        let start = LocalDay.start(of: time)
        #expect(start <= time && time - start <= .seconds(25 * 3_600), "a day with a change of the clock has 25 hours")
        #expect(LocalDay.start(of: start) == start && LocalDay.start(of: start + .seconds(-1)) < start)
    }

    @Test("the first day begins at the first moment of the type")
    func firstDay() {
        let first = WallTime(nanoseconds: .min)
        #expect(LocalDay.start(of: first) == first)
    }
}
