import Clocks
import JSON

/// The mean force of a region has reached a threshold.
package struct PressureThresholdEvent: Hashable, Sendable {
    /// The raw value is the `type` that clients know.
    package enum Kind: String, CaseIterable, Sendable {
        case high = "region_force_high"
        case low = "region_force_low"

        package var threshold: Double {
            switch self {
            case .high: 50
            case .low: 5
            }
        }

        /// Greater or less than the threshold.
        package var comparison: StaticString {
            switch self {
            case .high: "gt"
            case .low: "lt"
            }
        }

        func isReached(by force: Double) -> Bool {
            switch self {
            case .high: force >= threshold
            case .low: force <= threshold
            }
        }
    }

    package let kind: Kind
    package let region: String
    package let value: Double

    package init(kind: Kind, region: String, value: Double) {
        self.kind = kind
        self.region = region
        self.value = value
    }
}

/// Finds the regions of a session's frames that reach a threshold, and reports each kind at most once in five seconds:
/// of several regions in a frame, the first.
package struct PressureThresholds: Sendable {
    package static let interval = 5.0

    /// The seconds since 1970 of the last event of each kind.
    private var last: [PressureThresholdEvent.Kind: Double] = [:]

    package init() {}

    /// - Parameter seconds: the time of the frame since 1970, by the client's clock.
    package mutating func receive(_ statistics: PressureStatistics, at seconds: Double) -> [PressureThresholdEvent] {
        var events: [PressureThresholdEvent] = []
        for (region, values) in zip(statistics.regions.all, statistics.values) {
            for kind in PressureThresholdEvent.Kind.allCases where kind.isReached(by: values.meanForce) {
                guard isDue(kind, at: seconds) else { continue }
                last[kind] = seconds
                events.append(PressureThresholdEvent(kind: kind, region: region.name, value: values.meanForce))
            }
        }
        return events
    }

    private func isDue(_ kind: PressureThresholdEvent.Kind, at seconds: Double) -> Bool {
        guard let last = last[kind] else { return true }
        // A clock that was set back must not silence the events.
        return seconds - last >= Self.interval || seconds < last
    }

    /// The time of a frame: its timestamp in seconds or milliseconds since 1970, otherwise the time of its arrival.
    package static func seconds(of timestamp: JSONValue?, arrival: WallTime) -> Double {
        guard let number = timestamp?.doubleValue else { return Double(arrival.nanoseconds) / 1e9 }
        return number > millisecondsAbove ? number / 1_000 : number
    }

    /// As seconds, this would be in the year 33,658.
    private static let millisecondsAbove = 1e12
}
