import Clocks

/// What a heart-rate strap says, in the words that the Bluetooth standard gives it.
package enum HeartStrapReading: Hashable, Sendable {
    case measurement(HeartStrapMeasurement)
    /// Percent.
    case battery(Int)
    case rejected(DecoderReject)
}

/// A heart rate, about once a second.
package struct HeartStrapMeasurement: Hashable, Sendable {
    /// 0 as long as the strap has heard no beat.
    package let beatsPerMinute: Int
    package let contact: Contact
    /// In kilojoules since the start or the last reset, at most 65,535; straps send it now and then.
    package let energy: Int?
    /// The times between the beats since the last measurement, oldest first, in 1/1,024 s.
    package let intervals: [UInt16]

    /// Whether the strap lies on skin. The raw value is a stable name.
    package enum Contact: String, CaseIterable, Sendable {
        /// It cannot tell.
        case unsupported
        case poor
        case good
    }

    package var intervalDurations: [Nanoseconds] {
        intervals.map { Nanoseconds(Int64($0) * 1_000_000_000 / 1_024) }
    }
}
