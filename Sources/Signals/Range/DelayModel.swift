import Events

/// How much later than the shot a sensor feels the hit: the bullet's flight, the sensor's own slowness, the link's, all in
/// one. It is different for every sensor on every range, so it is learnt from pairs that are certain, and never assumed.
///
/// Plain numbers, in seconds, that are kept from one day to the next. `DelayFilter` learns them, for all sensors together.
package struct DelayModel: Hashable, Sendable {
    /// Pairs that it was learnt from.
    package internal(set) var count: Int
    package internal(set) var mean: Double
    /// How well the mean is known, as a variance.
    package internal(set) var meanVariance: Double
    /// How much single delays differ within a string, as a variance.
    package internal(set) var variance: Double
    /// Pairs in a row that did not fit at all.
    package internal(set) var misfits: Int
    /// How far the latest strings were off, all to the same side, in deviations.
    package internal(set) var bias: Double
    /// What the error of the mean has in common with that of other sensors, as covariances: they were hit in the same
    /// strings, and learnt by the same clocks. Each of two sensors has it of the other.
    package internal(set) var covariances: [DeviceID: Double]

    /// Delays that are possible at all: a sensor cannot feel what was not fired, but clocks are uncertain; and half a
    /// second has been seen on a real range.
    package static let possible = -0.06...1.2
    /// What is wanted of a delay, in seconds.
    package static let targetError = 0.005
    /// What single delays are expected to differ by before any were seen: 10 ms of deviation.
    private static let usualVariance = 0.000_1
    static let minimumVariance = 0.000_025
    static let maximumVariance = 0.0016

    /// Nothing is known.
    package init() {
        self.init(count: 0, mean: 0, meanVariance: 1, variance: Self.usualVariance)
    }

    /// What was kept.
    package init(
        count: Int, mean: Double, meanVariance: Double, variance: Double, misfits: Int = 0, bias: Double = 0,
        covariances: [DeviceID: Double] = [:]
    ) {
        self.count = max(0, count)
        self.mean = mean
        self.meanVariance = meanVariance
        self.variance = variance
        self.misfits = misfits
        self.bias = bias
        self.covariances = covariances
    }

    /// Whether the numbers can have come from here: something that was kept may be damaged.
    package var isPlausible: Bool {
        count >= 0 && Self.possible.contains(mean) && meanVariance >= 0 && meanVariance <= 1 && variance > 0
            && variance <= 1 && misfits >= 0 && abs(bias) <= 100 && covariances.values.allSatisfy { abs($0) <= 1 }
    }

    package var isLearnt: Bool { count >= 2 }

    /// The true mean is this close to `mean`, with a probability of 95 %.
    package var meanError: Double { 2 * meanVariance.squareRoot() }
    package var deviation: Double { variance.squareRoot() }

    /// The mean is as close to the truth as is wanted, by its error bar.
    package var isExact: Bool { isLearnt && meanError <= Self.targetError }
}
