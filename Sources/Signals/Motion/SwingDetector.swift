import Clocks
import Events

/// Recognises swings while the samples arrive.
package struct SwingDetector: Sendable {
    /// A phone in the pocket of somebody who walks turns at less than half of it.
    package static let hipThreshold = 5.0
    /// rad/s, of the watch.
    package static let wristThreshold = 12.0
    /// The swing is over when nothing has turned fast for this long.
    package static let quietAfter = Nanoseconds.milliseconds(1_500)

    package enum Outcome: Hashable, Sendable {
        case began(WallTime)
        case ended(WallTime)
    }

    private var lastFast: WallTime?
    private var isSwinging = false

    package init() {}

    /// - Parameter readings: in the order of time.
    package mutating func receive(_ readings: [MotionEvent.Reading]) -> [Outcome] {
        var outcomes: [Outcome] = []
        for reading in readings {
            if Self.isFast(reading) {
                if !isSwinging { outcomes.append(.began(reading.time)) }
                isSwinging = true
                lastFast = max(lastFast ?? reading.time, reading.time)
            } else if isSwinging, let lastFast, reading.time - lastFast >= Self.quietAfter {
                isSwinging = false
                outcomes.append(.ended(reading.time))
            }
        }
        return outcomes
    }

    private static func isFast(_ reading: MotionEvent.Reading) -> Bool {
        let threshold: Double
        switch reading.quantity {
        case .rotation: threshold = hipThreshold
        case .wristRotation: threshold = wristThreshold
        case .acceleration, .rawAcceleration, .rawRotation: return false
        }
        return reading.vector.squaredLength >= threshold * threshold
    }
}
