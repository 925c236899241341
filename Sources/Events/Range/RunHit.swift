import Clocks

/// An impact that came during a run, and which of its shots that was.
package struct RunHit: Hashable, Sendable {
    /// The id of the event that told of the impact.
    package let impact: UInt64
    package let sensor: DeviceID
    /// The target that the sensor was assigned to.
    package let target: String?
    /// In mm/s.
    package let peakVelocity: Double
    /// Since the beep, by our clock.
    package let time: Nanoseconds
    package let match: Match
    /// False while more may be heard that changes it.
    package let isFinal: Bool

    package enum Match: Hashable, Sendable {
        /// The shot's number, how much later than the shot it came, how close to the truth that delay lies, and how sure
        /// it is that it was this shot, 0...1.
        case shot(Int, delay: Nanoseconds, error: Nanoseconds, confidence: Double)
        /// No shot fits, or several do and none better than the others.
        case none
        /// What this sensor felt was the blow on its neighbour, told of by that event.
        case crossTalk(of: UInt64)
    }

    package init(
        impact: UInt64, sensor: DeviceID, target: String?, peakVelocity: Double, time: Nanoseconds, match: Match,
        isFinal: Bool
    ) {
        self.impact = impact
        self.sensor = sensor
        self.target = target
        self.peakVelocity = peakVelocity
        self.time = time
        self.match = match
        self.isFinal = isFinal
    }

    package var shot: Int? {
        if case .shot(let number, _, _, _) = match { number } else { nil }
    }
}
