import Clocks
import JSON

/// A heart reading and its processed rate. A class, because it is passed on more often than any other event and is the
/// most expensive to copy.
package final class HeartEvent: Sendable {
    package let user: HeartUser
    package let device: DeviceID
    package let family: DeviceFamily
    /// Where the reading came from: an IP address, a Bluetooth address or a port path.
    package let source: String
    /// The rate as measured by the device, in beats per minute.
    package let measured: Double
    /// The rate to display, or why there is none.
    package let rate: HeartRate
    /// Over the user's recent rates; nil if there are none.
    package let statistics: HeartStatistics?
    /// Whether the sensor touches the skin; nil if the device does not report it.
    package let contact: Bool?
    /// The members of the device's JSON object, so that clients receive them unchanged.
    package let members: JSONMembers

    package init(
        user: HeartUser, device: DeviceID, family: DeviceFamily, source: String, measured: Double, rate: HeartRate,
        statistics: HeartStatistics?, contact: Bool?, members: JSONMembers = JSONMembers()
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.source = source
        self.measured = measured
        self.rate = rate
        self.statistics = statistics
        self.contact = contact
        self.members = members
    }
}

extension HeartEvent: Hashable {
    package static func == (left: HeartEvent, right: HeartEvent) -> Bool {
        left === right
            || left.user == right.user && left.device == right.device && left.family == right.family
                && left.source == right.source && left.measured == right.measured && left.rate == right.rate
                && left.statistics == right.statistics && left.contact == right.contact
                && left.members == right.members
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(user)
        hasher.combine(measured)
        hasher.combine(members)
    }
}

/// The person whose heart is measured. Devices identify users by any simple JSON value. As in the original broker, `1`,
/// `1.0` and `true` are the same user, `"1"` is a different one, and `null` is a user as well.
package enum HeartUser: Hashable, Sendable {
    case number(Int64)
    /// A number that is not a 64-bit integer.
    case fraction(Double)
    case text(String)
    case null

    package init(_ number: Double) {
        self = Int64(exactly: number).map(Self.number) ?? .fraction(number)
    }

    package init(_ truth: Bool) {
        self = .number(truth ? 1 : 0)
    }
}

extension HeartUser {
    /// Text is compared byte by byte, as in Python, not by Swift's canonical equivalence.
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.number(let left), .number(let right)): left == right
        case (.fraction(let left), .fraction(let right)): left == right
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        case (.null, .null): true
        default: false
        }
    }
}

extension HeartUser: CustomStringConvertible {
    /// As a key of a Python dictionary appears in JSON: text without quotes.
    package var description: String {
        switch self {
        case .number(let number): number.description
        case .fraction(let number): number.description
        case .text(let text): text
        case .null: "null"
        }
    }
}

/// The result of one reading: a rate to display, or the reason why there is none.
package enum HeartRate: Hashable, Sendable {
    case rate(Double, Origin)
    /// Clients display `--`.
    case none(Reason)

    /// How the rate was obtained.
    package enum Origin: Hashable, Sendable, CaseIterable {
        /// As sent by the device: a start-up reading, or smoothing is off.
        case measured
        /// Averaged with the previous rate.
        case smoothed
        /// The reading was an outlier: the median of recent readings was averaged with the previous rate.
        case median
        /// The reading was out of range: the previous rate is repeated and the history is unchanged.
        case held
    }

    /// Why there is no rate.
    package enum Reason: Hashable, Sendable, CaseIterable {
        /// Three or more readings without a finger.
        case fingerLifted
        /// The device sent zero or less: no beat detected yet.
        case notMeasured
        /// Out of range, with no previous rate to hold.
        case outOfRange
    }

    package var beatsPerMinute: Double? {
        switch self {
        case .rate(let rate, _): rate
        case .none: nil
        }
    }
}

/// Mean, population standard deviation, extremes and latest value of a user's history, in beats per minute.
package struct HeartStatistics: Hashable, Sendable {
    package let mean: Double
    package let standardDeviation: Double
    package let minimum: Double
    package let maximum: Double
    package let last: Double

    package init(mean: Double, standardDeviation: Double, minimum: Double, maximum: Double, last: Double) {
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.minimum = minimum
        self.maximum = maximum
        self.last = last
    }
}

/// A single heart beat.
package struct HeartBeatEvent: Hashable, Sendable {
    /// Nil while the device has not reported a user.
    package let user: HeartUser?
    package let device: DeviceID
    package let family: DeviceFamily
    /// The rate implied by this beat and the previous one, in beats per minute.
    package let beatsPerMinute: Double
    /// Since the previous beat; nil if there is no valid previous beat.
    package let interval: Nanoseconds?
    /// Whether the device uses the beat for its rate. A moving finger causes false beats.
    package let isPlausible: Bool

    package init(
        user: HeartUser?, device: DeviceID, family: DeviceFamily, beatsPerMinute: Double, interval: Nanoseconds?,
        isPlausible: Bool
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.beatsPerMinute = beatsPerMinute
        self.interval = interval
        self.isPlausible = isPlausible
    }
}

/// The skin contact of a heart sensor changed.
package struct HeartContactEvent: Hashable, Sendable {
    /// Nil while the device has not reported a user.
    package let user: HeartUser?
    package let device: DeviceID
    package let family: DeviceFamily
    package let contact: HeartContact
    /// Nil for the first known state.
    package let previous: HeartContact?
    /// Reflected infrared light in sensor counts; nil for devices without an optical sensor.
    package let infrared: Int?

    package init(
        user: HeartUser?, device: DeviceID, family: DeviceFamily, contact: HeartContact, previous: HeartContact?,
        infrared: Int?
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.contact = contact
        self.previous = previous
        self.infrared = infrared
    }
}

/// Skin contact of a sensor. Raw values are stable names.
package enum HeartContact: String, CaseIterable, Sendable {
    case good
    /// Usable; firmer pressure would improve it.
    case weak
    case none
}

/// A user sends no more readings. Published once, when the user becomes stale.
package struct HeartSilenceEvent: Hashable, Sendable {
    package let user: HeartUser
    package let device: DeviceID
    /// Since the last reading.
    package let silence: Nanoseconds

    package init(user: HeartUser, device: DeviceID, silence: Nanoseconds) {
        self.user = user
        self.device = device
        self.silence = silence
    }
}
