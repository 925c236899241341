/// How single delays scatter around a sensor's mean: normally distributed, but sometimes late.
///
/// A link that was idle delivers its first samples later than the following ones: six blows with a hammer had delays of
/// 0.63, 0.50, 0.47, 0.49, 0.43 and 0.48 s. Lateness is therefore much more likely for the first impact of a sensor in a
/// string than for others.
struct DelayScatter {
    /// Of the normal part.
    let variance: Double
    private let lateShare: Double

    /// The share of late impacts that are not the sensor's first.
    private static let usualLateShare = 0.0005
    /// Mean of the late part, in seconds, and its longest value.
    private static let lateness = 0.1
    private static let maximumLateness = 0.4

    /// - Parameter firstLateShare: for the sensor's first impact in the string, the share that is late.
    init(variance: Double, firstLateShare: Double?) {
        self.variance = variance
        lateShare = firstLateShare ?? Self.usualLateShare
    }

    /// The share of late first impacts on a range: one in sixteen until the strings of the range show otherwise.
    static func firstLateShare(_ models: some Sequence<DelayModel>) -> Double {
        let (late, all) = models.reduce((0, 0)) { ($0.0 + $1.lateFirstImpacts, $0.1 + $1.firstImpacts) }
        return (0.5 + Double(late)) / (8 + Double(all))
    }

    /// The densities of both parts at a deviation from the expected delay, in 1/s.
    private func densities(at deviation: Double) -> (normal: Double, late: Double) {
        let normal = Probability.exponential(-Probability.cost(of: deviation, variance: variance))
        let isLate = deviation > 0 && deviation <= Self.maximumLateness
        let late = isLate ? Probability.exponential(-deviation / Self.lateness) / Self.lateness : 0
        return ((1 - lateShare) * normal, lateShare * late)
    }

    func density(at deviation: Double) -> Double {
        let (normal, late) = densities(at: deviation)
        return normal + late
    }

    /// Whether a late delivery explains the deviation better than chance does. Such delays are not learned from.
    func isLate(_ deviation: Double) -> Bool {
        let (normal, late) = densities(at: deviation)
        return late > normal
    }
}
