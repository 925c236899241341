import Clocks

/// A heart that beats: it rests, now and then it has to work, and no beat is quite as long as the one before.
package struct VirtualHeart: Sendable {
    private var random: SeededRandom
    private let restingRate: Double
    /// Where the heart is now, in beats per minute, before the small variations.
    private var rate: Double
    private var targetRate: Double
    private var secondsUntilChange: Double
    /// Where in a breath the body is, from 0 to 1.
    private var breath = 0.0

    private static let breathsPerMinute = 15.0
    /// How much the rate follows the breath.
    private static let breathDepth = 0.03
    /// How much beats differ for no reason at all.
    private static let jitter = 0.015
    /// A heart speeds up faster than it calms down.
    private static let secondsToRise = 12.0
    private static let secondsToFall = 35.0

    package init(restingRate: Double, seed: UInt64) {
        random = SeededRandom(seed: seed)
        self.restingRate = restingRate
        rate = restingRate
        targetRate = restingRate
        secondsUntilChange = .random(in: 15...60, using: &random)
    }

    /// The time from the last beat to the next.
    package mutating func nextInterval() -> Nanoseconds {
        let breathing = Self.breathDepth * Self.wave(breath)
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

    /// A smooth up and down between -1 and 1 for a phase from 0 to 1: two parabolas, close enough to a sine.
    private static func wave(_ phase: Double) -> Double {
        let half = phase < 0.5 ? phase * 2 : phase * 2 - 1
        let arch = 4 * half * (1 - half)
        return phase < 0.5 ? arch : -arch
    }
}
