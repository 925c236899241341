extension ISO8601 {
    /// The moment that a text names: `2026-09-13T18:30:45.123Z`, without a fraction, or a date, which is its beginning.
    /// Always in UTC; nil for everything else, and for years whose nanoseconds do not fit into a number.
    package static func parse(_ text: String) -> WallTime? {
        var reader = Digits(text)
        guard let year = reader.number(4, in: years), reader.skip("-"), let month = reader.number(2, in: 1...12),
            reader.skip("-"), let day = reader.number(2, in: 1...31)
        else { return nil }
        let days = daysSinceEpoch(year, month, day)
        // What no calendar shows, such as the thirtieth of February, is another day when it is read back.
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

    /// The years that lie as a whole within what a moment can count.
    private static let years = 1_678...2_261

    /// Years are counted from March, so that the leap day comes last.
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

        /// Up to nine digits behind the point, as nanoseconds.
        mutating func fraction() -> Int64? {
            let part = rest.prefix { 0x30...0x39 ~= $0 }
            guard 1...9 ~= part.count else { return nil }
            rest = rest.dropFirst(part.count)
            let digits = part.reduce(Int64(0)) { $0 * 10 + Int64($1 & 0x0F) }
            return (part.count..<9).reduce(digits) { number, _ in number * 10 }
        }
    }
}
