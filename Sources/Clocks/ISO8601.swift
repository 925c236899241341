/// `2026-09-13T18:30:45.123Z`: how every time leaves the gateway in JSON.
package enum ISO8601 {
    /// How many digits follow the seconds.
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

    /// Appends the time in UTC, cut (not rounded) to the precision. `zone` is what follows: `Z`, or nothing for the
    /// zone-less stamps of Python programs.
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
        for place in stride(from: start + width - 1, through: start, by: -1) {
            bytes[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }
}
