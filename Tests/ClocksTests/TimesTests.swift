import Glibc
import Testing

@testable import Clocks

@Suite("Times") struct TimesTests {
    @Test("a clock beyond the range of the type reads as its first or last moment")
    func clamped() {
        #expect(SystemClock.nanoseconds(timespec(tv_sec: 1, tv_nsec: 5)) == 1_000_000_005)
        #expect(SystemClock.nanoseconds(timespec(tv_sec: -1, tv_nsec: 5)) == -999_999_995)
        // The years 2262 and 2300, and the largest year that a clock can hold.
        for seconds in [9_223_372_037, 10_413_792_000, Int.max] {
            #expect(SystemClock.nanoseconds(timespec(tv_sec: seconds, tv_nsec: 0)) == .max)
        }
        #expect(SystemClock.nanoseconds(timespec(tv_sec: 9_223_372_036, tv_nsec: 999_999_999)) == .max)
        #expect(SystemClock.nanoseconds(timespec(tv_sec: Int.min, tv_nsec: 0)) == .min)
    }

    @Test("arithmetic with such a moment stays within the type")
    func arithmetic() {
        let (last, first) = (WallTime(nanoseconds: .max), WallTime(nanoseconds: .min))
        #expect(last + .seconds(1) == last && first + .seconds(-1) == first)
        #expect(last - first == Nanoseconds(.max) && first - last == Nanoseconds(.min))
        #expect(last + .seconds(-1) < last)
        #expect(ISO8601.string(last) == "2262-04-11T23:47:16.854Z")
        #expect(ISO8601.string(first) == "1677-09-21T00:12:43.145Z")
    }

    @Test("spans of any length have a magnitude and a sum")
    func spans() {
        let (longest, shortest) = (Nanoseconds(.max), Nanoseconds(.min))
        #expect(shortest.magnitude == longest && longest.magnitude == longest)
        #expect(Nanoseconds(-5).magnitude == Nanoseconds(5) && Nanoseconds.zero.magnitude == .zero)
        #expect(longest.addingUpToLimit(Nanoseconds(1)) == longest && shortest.addingUpToLimit(shortest) == shortest)
        #expect(longest.addingUpToLimit(shortest) == Nanoseconds(-1))
        #expect(Nanoseconds(2).addingUpToLimit(Nanoseconds(-3)) == Nanoseconds(-1))
    }
}
