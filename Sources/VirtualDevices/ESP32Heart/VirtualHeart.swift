import Clocks

/// A beating heart with periods of rest and exercise and a realistic variability.
package struct VirtualHeart: Sendable {
    private var random: SeededRandom
    private let restingRate: Double
    /// The current rate in beats per minute, without short-term variations.
    private var rate: Double
    private var targetRate: Double
    private var secondsUntilChange: Double
    /// The phase of the breath, from 0 to 1.
    private var breath = 0.0

    private static let breathsPerMinute = 15.0
    /// The relative change of the rate with the breath.
    private static let breathDepth = 0.03
    /// The relative random variation of beats.
    private static let jitter = 0.015
    /// A heart rate rises faster than it falls.
    private static let secondsToRise = 12.0
    private static let secondsToFall = 35.0

    package init(restingRate: Double, seed: UInt64) {
        random = SeededRandom(seed: seed)
        self.restingRate = restingRate
        rate = restingRate
        targetRate = restingRate
        secondsUntilChange = .random(in: 15...60, using: &random)
    }

    /// Returns the time to the next beat.
    package mutating func nextInterval() -> Nanoseconds {
        let breathing = Self.breathDepth * approximateSine(breath)
        let shown = rate * (1 + breathing + random.normal(mean: 0, deviation: Self.jitter))
        let seconds = 60 / min(195, max(42, shown))
        advance(by: seconds)
        return Nanoseconds(seconds: seconds)
    }

    private mutating func advance(by seconds: Double) {
        breath += seconds * Self.breathsPerMinute / 60
        breath -= breath.rounded(.down)
        let timeConstant = targetRate > rate ? Self.secondsToRise : Self.secondsToFall
        rate += (targetRate - rate) * min(1, seconds / timeConstant)
        secondsUntilChange -= seconds
        guard secondsUntilChange <= 0 else { return }
        let works = targetRate < restingRate + 20 && random.chance(0.35)
        targetRate =
            works ? .random(in: 110...165, using: &random) : restingRate + random.normal(mean: 0, deviation: 3)
        secondsUntilChange = works ? .random(in: 20...60, using: &random) : .random(in: 30...120, using: &random)
    }
}

/// The firmware's rate calculation: the integer mean of the last four plausible rates. They are never cleared, so the last
/// rate is still sent after the finger has been lifted.
struct HeartBeatDetector: Sendable {
    /// The infrared level above which a finger is detected.
    static let fingerLevel = 20_000

    private var lastBeat: UInt32 = 0
    private var rates: [Int] = []
    private var nextIndex = 0

    private static let maximumRates = 4

    /// Records a beat at this `millis()`. Returns the rate of this single interval.
    mutating func beat(at milliseconds: UInt32) -> Int {
        let gap = milliseconds &- lastBeat
        lastBeat = milliseconds
        let rate = Int(60_000 / max(1, gap))
        guard rate > 40, rate < 200 else { return rate }
        if rates.count < Self.maximumRates {
            rates.append(rate)
        } else {
            rates[nextIndex] = rate
            nextIndex = (nextIndex + 1) % Self.maximumRates
        }
        return rate
    }

    /// 0 before the first plausible beat.
    var meanRate: Int { rates.isEmpty ? 0 : rates.reduce(0, +) / rates.count }
}
