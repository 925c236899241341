import Clocks
import Events

/// A shot as input of the pairing.
package struct PairingShot: Hashable, Sendable {
    package let number: Int
    /// In seconds since the beep by the string's clock.
    package let time: Double

    package init(number: Int, time: Double) {
        self.number = number
        self.time = time
    }
}

/// An impact as input of the pairing.
package struct PairingImpact: Hashable, Sendable {
    package let id: UInt64
    package let sensor: DeviceID
    /// Sensors on one rack are subject to cross-talk.
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

/// The result of the pairing.
package struct Pairing: Hashable, Sendable {
    package struct Pair: Hashable, Sendable {
        package let shot: Int
        package let impact: UInt64
        package let sensor: DeviceID
        /// In seconds, as measured.
        package let delay: Double
        /// Error bound of the delay (95 %), in seconds.
        package let error: Double
        /// Compared with the best pairing without this pair.
        package let confidence: Double
        /// The sensor's link was probably late, so the delay is not typical.
        package let isLate: Bool
        /// The sensor's first impact in the string.
        package let isFirst: Bool
    }

    /// Sorted by shot.
    package var pairs: [Pair] = []
    package var unpairedShots: [Int] = []
    /// Impacts without a shot, or without one of sufficient confidence.
    package var unpairedImpacts: [UInt64] = []
    /// Impacts caused by an impact on another sensor of the rack, by id, with the id of the cause.
    package var crossTalk: [UInt64: UInt64] = [:]
    /// Estimated correction of the string's start, from the impacts, in seconds.
    package var clockShift = 0.0
    /// Estimated delays of sensors without a learned one.
    package var guesses: [DeviceID: DelayGuess] = [:]

    package init() {}
}

/// A delay estimated from the current string alone.
package struct DelayGuess: Hashable, Sendable {
    package let delay: Double
    package let confidence: Double
}

/// Plates on one rack transmit vibrations to each other: of simultaneous impacts on one rack, the strongest is the hit.
enum CrossTalk {
    /// Maximum propagation time on a rack, in seconds; shorter than any split.
    static let window = 0.045

    /// Maps cross-talk impacts to the hit that caused them.
    static func find(in impacts: [PairingImpact], _ models: [DeviceID: DelayModel]) -> [UInt64: UInt64] {
        let candidates = impacts.filter { $0.rack != nil }.sorted { ($0.strength, $1.id) > ($1.strength, $0.id) }
        var crossTalk: [UInt64: UInt64] = [:]
        for (place, impact) in candidates.enumerated() {
            // Sorted by strength, so the cause is always a hit, never cross-talk itself.
            let cause = candidates[..<place].first { stronger in
                stronger.rack == impact.rack && stronger.sensor != impact.sensor && crossTalk[stronger.id] == nil
                    && abs(apart(impact, stronger, models)) <= window + stronger.error + impact.error
            }
            if let cause { crossTalk[impact.id] = cause.id }
        }
        return crossTalk
    }

    /// The time between two impacts, corrected for the sensors' delays if both are learned.
    private static func apart(
        _ impact: PairingImpact, _ other: PairingImpact, _ models: [DeviceID: DelayModel]
    ) -> Double {
        let apart = impact.time - other.time
        guard let model = models[impact.sensor], let otherModel = models[other.sensor], model.isLearnt,
            otherModel.isLearnt
        else { return apart }
        return apart - (model.mean - otherModel.mean)
    }
}
