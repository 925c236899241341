import Clocks
import JSON

/// Times, as every dialect writes them.
extension JSONWriter {
    /// `"2026-09-13T18:30:45.123Z"`.
    package mutating func time(_ time: WallTime, precision: ISO8601.Precision = .milliseconds) {
        string { ISO8601.append(time, precision: precision, to: &$0) }
    }

    package mutating func member(
        _ name: StaticString, _ time: WallTime, precision: ISO8601.Precision = .milliseconds
    ) {
        key(name)
        self.time(time, precision: precision)
    }

    /// Seconds since 1970 with a fraction, as Python's `time.time()` gives them.
    package mutating func member(_ name: StaticString, epochSeconds time: WallTime) {
        key(name)
        number(units: time.nanoseconds / 1_000, decimals: 6)
    }

    /// The same text as `member(_:_:)` with a time gives, for those who write many.
    package mutating func member(_ name: StaticString, _ time: WallTime, text: inout TimestampFormatter) {
        key(name)
        string(utf8: text.text(of: time))
    }

    /// A span as seconds with a fraction: `15.67`.
    package mutating func member(_ name: StaticString, seconds span: Nanoseconds) {
        member(name, span.inSeconds)
    }

    /// What a device's own clock said, and how far that can be trusted:
    /// `{"seconds":12.345,"mapped":"2026-09-13T18:30:45.120Z","error_seconds":0.004}`; the last two only when the clock
    /// is mapped.
    package mutating func member(_ name: StaticString, deviceTimeOf stamp: EventStamp) {
        guard let device = stamp.device else { return }
        key(name)
        beginObject()
        member("seconds", seconds: device.reading)
        if let mapping = device.mapping {
            member("mapped", stamp.happenedWall)
            member("error_seconds", seconds: mapping.error)
        }
        endObject()
    }
}
