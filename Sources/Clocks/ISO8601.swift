/// `2026-09-13T18:30:45.123Z`: the format of every time in the gateway's JSON.
package enum ISO8601 {
    /// The number of fractional digits.
    package enum Precision: Int, Sendable {
        case seconds = 0
        case milliseconds = 3
        case microseconds = 6
        case nanoseconds = 9

        fileprivate var nanosecondsPerStep: Int {
            switch self {
            case .seconds: 1_000_000_000
            case .milliseconds: 1_000_000
            case .microseconds: 1_000
            case .nanoseconds: 1
            }
        }
    }

    /// Appends the time in UTC, truncated (not rounded) to the precision. `zone` is the suffix: `Z`, or empty for the
    /// zone-less time stamps of Python programs.
    package static func append(
        _ time: WallTime, precision: Precision = .milliseconds, zone: StaticString = "Z", to bytes: inout [UInt8]
    ) {
        let date = CivilDate(time)
        appendDigits(date.year, 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.month, 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        appendDigits(date.day, 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        appendDigits(date.hour, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(date.minute, 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        appendDigits(date.second, 2, to: &bytes)
        if precision != .seconds {
            bytes.append(UInt8(ascii: "."))
            appendDigits(date.nanosecond / precision.nanosecondsPerStep, precision.rawValue, to: &bytes)
        }
        zone.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    package static func string(_ time: WallTime, precision: Precision = .milliseconds) -> String {
        var bytes: [UInt8] = []
        append(time, precision: precision, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func appendDigits(_ value: Int, _ width: Int, to bytes: inout [UInt8]) {
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: width))
        var rest = UInt32(truncatingIfNeeded: value)
        for index in stride(from: start + width - 1, through: start, by: -1) {
            bytes[index] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}

extension ISO8601 {
    /// Parses `2026-09-13T18:30:45.123Z`, the same without a fraction, or a date alone (midnight). UTC only. Nil for
    /// any other text and for years whose nanoseconds overflow `Int64`.
    package static func parse(_ text: String) -> WallTime? {
        var reader = Digits(text)
        guard let year = reader.number(4, in: years), reader.skip("-"), let month = reader.number(2, in: 1...12),
            reader.skip("-"), let day = reader.number(2, in: 1...31)
        else { return nil }
        let days = daysSinceEpoch(year, month, day)
        // Days that do not exist, such as 30 February, convert to a different date.
        let check = CivilDate(WallTime(nanoseconds: days * 86_400 * 1_000_000_000))
        guard check.day == day, check.month == month else { return nil }
        if reader.isAtEnd { return WallTime(nanoseconds: days * 86_400 * 1_000_000_000) }
        guard reader.skip("T"), let hour = reader.number(2, in: 0...23), reader.skip(":"),
            let minute = reader.number(2, in: 0...59), reader.skip(":"), let second = reader.number(2, in: 0...59)
        else { return nil }
        let fraction = reader.skip(".") ? reader.fraction() : 0
        guard let fraction, reader.skip("Z"), reader.isAtEnd else { return nil }
        let seconds = days * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
        return WallTime(nanoseconds: seconds * 1_000_000_000 + fraction)
    }

    /// Years that lie completely within the range of `WallTime`.
    private static let years = 1_678...2_261

    /// Years start in March so that the leap day is last.
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let years = month > 2 ? year : year - 1
        let era = (years >= 0 ? years : years - 399) / 400
        let yearOfEra = years - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }

    private struct Digits {
        private var rest: ArraySlice<UInt8>

        init(_ text: String) {
            rest = Array(text.utf8.prefix(64))[...]
        }

        var isAtEnd: Bool { rest.isEmpty }

        mutating func skip(_ mark: Character) -> Bool {
            guard let first = rest.first, first == mark.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        mutating func number(_ digits: Int, in range: ClosedRange<Int>) -> Int? {
            let part = rest.prefix(digits)
            guard part.count == digits, part.allSatisfy({ 0x30...0x39 ~= $0 }) else { return nil }
            rest = rest.dropFirst(digits)
            let number = part.reduce(0) { $0 * 10 + Int($1 & 0x0F) }
            return range.contains(number) ? number : nil
        }

        /// Up to nine digits after the decimal point, as nanoseconds.
        mutating func fraction() -> Int64? {
            let part = rest.prefix { 0x30...0x39 ~= $0 }
            guard 1...9 ~= part.count else { return nil }
            rest = rest.dropFirst(part.count)
            let digits = part.reduce(Int64(0)) { $0 * 10 + Int64($1 & 0x0F) }
            return (part.count..<9).reduce(digits) { number, _ in number * 10 }
        }
    }
}

/// Formats times like `ISO8601`, to the millisecond, and caches the text of the current second: a stream has many
/// events per second.
package struct TimestampFormatter: Sendable {
    private var second = Int64.min
    /// `2026-09-13T18:30:45.123Z`.
    private var text: [UInt8] = []

    package init() {}

    package mutating func text(of time: WallTime) -> [UInt8] {
        // Before 1970 the division would round to the wrong second; such times are not cached.
        let second = time.nanoseconds < 0 ? .min : time.nanoseconds / 1_000_000_000
        guard second == self.second, second >= 0 else {
            text.removeAll(keepingCapacity: true)
            ISO8601.append(time, to: &text)
            self.second = second
            return text
        }
        var rest = UInt32(truncatingIfNeeded: time.nanoseconds / 1_000_000 % 1_000)
        for index in (Self.end - 3..<Self.end).reversed() {
            text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return text
    }

    /// Index of the trailing `Z`.
    private static let end = 23
}

/// A date and time of day in UTC, in the proleptic Gregorian calendar.
package struct CivilDate: Hashable, Sendable {
    package var year: Int
    package var month: Int
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var nanosecond: Int

    package init(_ time: WallTime) {
        let (seconds, nanoseconds) = time.nanoseconds.flooredDivision(by: 1_000_000_000)
        let (days, secondOfDay) = seconds.flooredDivision(by: 86_400)
        // Years start in March so that the leap day is last; the month then follows from the day of the year by a
        // linear formula. An era is 400 years, after which the calendar repeats.
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
        month = Int(monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
        hour = Int(secondOfDay / 3_600)
        minute = Int(secondOfDay / 60 % 60)
        second = Int(secondOfDay % 60)
        nanosecond = Int(nanoseconds)
    }
}

extension Int64 {
    /// Quotient and remainder; the remainder is never negative.
    fileprivate func flooredDivision(by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
