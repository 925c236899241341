import Clocks

/// `Sun, 06 Nov 1994 08:49:37 GMT`: the one date format that HTTP writes.
package enum HTTPDate {
    package static func append(_ time: WallTime, to bytes: inout [UInt8]) {
        let date = CivilDate(time)
        let nanosecondsPerDay: Int64 = 86_400_000_000_000
        let (days, rest) = time.nanoseconds.quotientAndRemainder(dividingBy: nanosecondsPerDay)
        // 1970-01-01 was a Thursday; before it, a day that has begun counts in full.
        let weekday = Int(((days - (rest < 0 ? 1 : 0) + 4) % 7 + 7) % 7)
        append(name: weekday, of: "SunMonTueWedThuFriSat", to: &bytes)
        bytes.append(contentsOf: ", ".utf8)
        append(date.day, to: &bytes)
        bytes.append(0x20)
        append(name: date.month - 1, of: "JanFebMarAprMayJunJulAugSepOctNovDec", to: &bytes)
        bytes.append(0x20)
        append(date.year / 100, to: &bytes)
        append(date.year % 100, to: &bytes)
        bytes.append(0x20)
        append(date.hour, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(date.minute, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(date.second, to: &bytes)
        bytes.append(contentsOf: " GMT".utf8)
    }

    package static func string(_ time: WallTime) -> String {
        var bytes: [UInt8] = []
        append(time, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func append(_ twoDigits: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "0") + UInt8(twoDigits / 10 % 10))
        bytes.append(UInt8(ascii: "0") + UInt8(twoDigits % 10))
    }

    private static func append(name index: Int, of names: StaticString, to bytes: inout [UInt8]) {
        names.withUTF8Buffer { bytes.append(contentsOf: $0[(index * 3)..<(index * 3 + 3)]) }
    }
}
