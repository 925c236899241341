import Clocks
import Events

/// A shot, for the search of its hit.
package struct PairingShot: Hashable, Sendable {
    package let number: Int
    /// In seconds since the beep by the string's clock.
    package let time: Double

    package init(number: Int, time: Double) {
        self.number = number
        self.time = time
    }
}

/// An impact, for the search of its shot.
package struct PairingImpact: Hashable, Sendable {
    package let id: UInt64
    package let sensor: DeviceID
    /// Sensors on one rack feel each other's blows.
    package let rack: String?
    /// In seconds since the beep by the string's clock.
    package let time: Double
    /// In seconds.
    package let error: Double
    /// In mm/s.
    package let strength: Double

    package init(id: UInt64, sensor: DeviceID, rack: String?, time: Double, error: Double, strength: Double) {
        self.id = id
        self.sensor = sensor
        self.rack = rack
        self.time = time
        self.error = error
        self.strength = strength
    }
}

/// What belongs to what.
package struct Pairing: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package let shot: Int
        package let impact: UInt64
        package let sensor: DeviceID
        /// In seconds, as it was measured.
        package let delay: Double
        /// In seconds: the true delay is this close, with a probability of 95 %.
        package let error: Double
        /// Compared with the best pairing without this pair.
        package let confidence: Double
    }

    /// Sorted by shot.
    package var pairs: [Pair] = []
    /// Shots without a hit.
    package var unpairedShots: [Int] = []
    /// Impacts that belong to no shot, or to no certain one.
    package var unpairedImpacts: [UInt64] = []
    /// What was felt of another sensor's blow: which, and whose.
    package var crossTalk: [UInt64: UInt64] = [:]
    /// How much later than by its clock the string began, by what the sensors say, in seconds.
    package var clockShift = 0.0
    /// Sensors of which nothing was known: what this string says of their delay, in seconds, and how sure that is.
    package var guesses: [DeviceID: DelayGuess] = [:]

    package init() {}
}

/// A delay that makes a string's shots and impacts fit together, while nothing has been learnt yet.
package struct DelayGuess: Hashable, Sendable {
    package let delay: Double
    package let confidence: Double
}
