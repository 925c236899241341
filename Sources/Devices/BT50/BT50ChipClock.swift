import Clocks

/// The sensor's calendar, in the eight bytes behind a header.
enum BT50ChipClock {
    /// Since the beginning of 2015; nil when no calendar shows such a date.
    static func time(_ frame: ArraySlice<UInt8>) -> Nanoseconds? {
        let year = Int64(frame.byte(at: 2))
        let month = Int64(frame.byte(at: 3))
        let day = Int64(frame.byte(at: 4))
        let hour = Int64(frame.byte(at: 5))
        let minute = Int64(frame.byte(at: 6))
        let second = Int64(frame.byte(at: 7))
        let millisecond = Int64(frame.littleEndian16(at: 8))
        guard year < 100, 1...12 ~= month, 1...daysInMonth(month, year: year) ~= day, hour < 24, minute < 60,
            second < 60, millisecond < 1_000
        else { return nil }
        let days = dayNumber(year: year, month: month, day: day) - dayNumber(year: 15, month: 1, day: 1)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        return .milliseconds(seconds * 1_000 + millisecond)
    }

    /// From 2000 to 2099 every fourth year is a leap year.
    private static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Years are counted from March, so that the leap day comes last: then the months follow a straight line.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let months = month > 2 ? month - 3 : month + 9
        return years * 365 + (years + 4) / 4 + (153 * months + 2) / 5 + day
    }
}
