/// How much later than the shot a sensor feels the hit: the bullet's flight, the sensor's own slowness, the link's, all in
/// one. It is different for every sensor on every range, so it is learnt from pairs that are certain, and never assumed.
///
/// Plain numbers, in seconds, that are kept from one day to the next. All pairs of one string share the error of that
/// string's clock, so a string teaches the mean no better than its clock is known.
package struct DelayModel: Hashable, Sendable {
    /// Pairs that it was learnt from.
    package private(set) var count: Int
    package private(set) var mean: Double
    /// How well the mean is known, as a variance.
    package private(set) var meanVariance: Double
    /// How much single delays differ within a string, as a variance.
    package private(set) var variance: Double
    /// Pairs in a row that did not fit at all.
    package private(set) var misfits: Int

    /// Delays that are possible at all: a sensor cannot feel what was not fired, but clocks are uncertain; and half a
    /// second has been seen on a real range.
    package static let possible = -0.06...1.2
    /// What single delays are expected to differ by before any were seen: 10 ms of deviation.
    private static let usualVariance = 0.0001
    private static let leastVariance = 0.000_025
    private static let greatestVariance = 0.0016
    /// A range changes slowly: targets are moved, people stand elsewhere. From string to string 2 ms.
    private static let wander = 0.000_004
    /// Beyond so many pairs, older ones are forgotten.
    private static let memory = 40.0
    /// A target that was moved shows in a few hits that all do not fit.
    private static let mostMisfits = 6

    /// Nothing is known.
    package init() {
        self.init(count: 0, mean: 0, meanVariance: 1, variance: Self.usualVariance)
    }

    /// What was kept.
    package init(count: Int, mean: Double, meanVariance: Double, variance: Double, misfits: Int = 0) {
        self.count = max(0, count)
        self.mean = mean
        self.meanVariance = meanVariance
        self.variance = variance
        self.misfits = misfits
    }

    /// Whether the numbers can have come from here: something that was kept may be damaged.
    package var isPlausible: Bool {
        count >= 0 && Self.possible.contains(mean) && meanVariance >= 0 && meanVariance <= 1 && variance > 0
            && variance <= 1 && misfits >= 0
    }

    package var isLearnt: Bool { count >= 2 }

    /// The true mean is this close to `mean`, with a probability of 95 %.
    package var meanError: Double { 2 * meanVariance.squareRoot() }
    package var deviation: Double { variance.squareRoot() }

    /// Learns from the pairs of a string that are certain.
    /// - Parameters:
    ///   - delays: in seconds.
    ///   - clockVariance: of what they have in common, the error of the string's clock.
    package mutating func learn(_ delays: [Double], clockVariance: Double) {
        let fitting = delays.filter { Self.possible.contains($0) && fits($0, clockVariance) }
        misfits = fitting.isEmpty ? misfits + delays.count : 0
        if misfits >= Self.mostMisfits, !delays.isEmpty {
            self = Self()
            return learn(delays, clockVariance: clockVariance)
        }
        guard !fitting.isEmpty else { return }
        let number = Double(fitting.count)
        let average = fitting.reduce(0, +) / number
        // Within the string the clock's error is the same for all.
        let squares = fitting.reduce(0) { $0 + ($1 - average) * ($1 - average) }
        let weight = min(Double(count), Self.memory) + 4
        let expected = (count == 0 ? Self.usualVariance : variance) * weight
        variance = min(max((expected + squares) / (weight + number - 1), Self.leastVariance), Self.greatestVariance)
        let news = variance / number + clockVariance
        let before = count == 0 ? 1 : meanVariance + Self.wander
        mean = (mean * news + average * before) / (news + before)
        meanVariance = news * before / (news + before)
        count += fitting.count
    }

    private func fits(_ delay: Double, _ clockVariance: Double) -> Bool {
        guard isLearnt else { return true }
        let deviation = delay - mean
        return deviation * deviation <= 16 * (variance + meanVariance + clockVariance)
    }
}
