import Clocks
import JSON

/// Identity and time of an event. Created once, where the bytes enter the process, and never changed.
package struct EventStamp: Hashable, Sendable {
    /// Increases with every event of this gateway; clients use it to detect order and gaps.
    package let id: UInt64
    /// When the bytes arrived; the basis of all time calculations.
    package let received: MonotonicTime
    /// `received` as wall time.
    package let wall: WallTime
    /// The reading of the device's own clock, if it has one.
    package let device: DeviceTime?

    package init(id: UInt64, received: MonotonicTime, wall: WallTime, device: DeviceTime? = nil) {
        self.id = id
        self.received = received
        self.wall = wall
        self.device = device
    }

    /// Best estimate of when it happened: by the device's clock if that is mapped, otherwise when the bytes arrived.
    package var happened: MonotonicTime {
        device?.mapped ?? received
    }

    /// `happened` as wall time.
    package var happenedWall: WallTime {
        wall + (happened - received)
    }
}

/// A reading of a device's own clock and its mapping to the gateway's clock.
package struct DeviceTime: Hashable, Sendable {
    /// Since the start of the device's clock: its boot, its epoch or the start beep.
    package let reading: Nanoseconds
    /// Nil while there is too little data for a mapping.
    package let mapping: Mapping?

    /// The offset of a device's clock at this moment.
    package struct Mapping: Hashable, Sendable {
        /// The monotonic time at which the device's clock would have read zero.
        package let zero: MonotonicTime
        /// Error bound: the true moment lies within ± `error` of the mapped one.
        package let error: Nanoseconds

        package init(zero: MonotonicTime, error: Nanoseconds) {
            self.zero = zero
            self.error = error
        }
    }

    package init(reading: Nanoseconds, mapping: Mapping? = nil) {
        self.reading = reading
        self.mapping = mapping
    }

    package var mapped: MonotonicTime? {
        mapping.map { $0.zero + reading }
    }
}

/// Times as all JSON formats of the gateway write them.
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

    /// Seconds since 1970 with a fraction, as in Python's `time.time()`.
    package mutating func member(_ name: StaticString, epochSeconds time: WallTime) {
        key(name)
        number(units: time.nanoseconds / 1_000, decimals: 6)
    }

    /// Writes the same text as `member(_:_:)` with a time; faster for streams.
    package mutating func member(_ name: StaticString, _ time: WallTime, text: inout TimestampFormatter) {
        key(name)
        string(utf8: text.text(of: time))
    }

    /// A span in seconds with a fraction: `15.67`.
    package mutating func member(_ name: StaticString, seconds span: Nanoseconds) {
        member(name, span.inSeconds)
    }

    /// The device clock and its accuracy:
    /// `{"seconds":12.345,"mapped":"2026-09-13T18:30:45.120Z","error_seconds":0.004}`; the last two only if the clock
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

extension Nanoseconds {
    /// Seconds with two decimals, as shooters read them: `2.70`.
    package var secondsText: String { DecimalText.string(inSeconds, decimals: 2) }
}

package enum DecimalText {
    /// The number with exactly so many decimals.
    package static func string(_ number: Double, decimals: Int) -> String {
        var writer = JSONWriter()
        writer.number(number, decimals: decimals)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
