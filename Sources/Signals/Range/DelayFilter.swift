import Events

/// Learns the delays of all sensors from one string: a Kalman filter.
///
/// All pairs of a string share the error of its clock, so a delay cannot be learned more precisely than the clock is
/// known. That error is common to all sensors hit in the string and correlates their delays; a string that hits only
/// one of them therefore also informs about the others. All delays and the clock error are estimated jointly, with full
/// covariance; the clock error is discarded after the string.
struct DelayFilter {
    private let sensors: [DeviceID]
    private var models: [DelayModel]
    /// The delays, followed by the clock error.
    private var means: [Double]
    private var covariance: [[Double]]
    private let clock: Int
    private var observations: [(index: Int, delays: [Double])] = []

    /// Process noise: ranges change slowly (positions, temperature). Half a millisecond per string.
    private static let driftVariance = 0.000_000_25
    /// A string that deviates by more standard deviations is not chance: the target was moved slightly.
    private static let outlierDeviations = 4.0
    /// Nor is it chance if string after string deviates in the same direction. Decay of the accumulated deviation per
    /// string; by chance alone, the sum has twice the deviation of a single string.
    private static let biasDecay = 0.85
    private static let maximumBias = 6.0
    /// Maximum effective number of pairs for the variance of delays.
    private static let memory = 40.0
    /// Weight of the prior variance, in pairs.
    private static let expectation = 4.0

    init(_ models: [DeviceID: DelayModel], clockVariance: Double) {
        let known = models.sorted { $0.key.text < $1.key.text }
        sensors = known.map(\.key)
        self.models = known.map(\.value)
        clock = known.count
        means = known.map(\.value.mean) + [0]
        covariance = known.map { sensor, model in
            known.map { sensor == $0.key ? model.meanVariance : model.covariance(with: $0.value, sensor, $0.key) } + [0]
        }
        covariance.append([Double](repeating: 0, count: clock) + [clockVariance])
    }

    mutating func update(_ delays: [Double], of sensor: DeviceID) {
        guard let index = sensors.firstIndex(of: sensor), !delays.isEmpty else { return }
        observations.append((index, delays))
        let number = Double(delays.count)
        let deviation = delays.reduce(0, +) / number - means[index] - means[clock]
        covariance[index][index] += Self.driftVariance
        var expected = variance(of: index) + models[index].variance / number
        if models[index].isLearnt { expected += addedVariance(deviation, expected, index) }
        let gain = means.indices.map { (covariance[$0][index] + covariance[$0][clock]) / expected }
        for row in means.indices {
            means[row] += gain[row] * deviation
            for column in means.indices { covariance[row][column] -= gain[row] * gain[column] * expected }
        }
    }

    /// Additional variance of a delay when new data contradict what was learned.
    private mutating func addedVariance(_ deviation: Double, _ expected: Double, _ index: Int) -> Double {
        let bias = models[index].bias * Self.biasDecay + deviation / expected.squareRoot()
        models[index].bias = bias
        var added = 0.0
        if deviation * deviation > Self.outlierDeviations * Self.outlierDeviations * expected {
            added = deviation * deviation / 4 - expected
        } else if abs(bias) > Self.maximumBias {
            let usual = bias * (1 - Self.biasDecay)
            added = usual * usual * expected
        }
        if added > 0 { models[index].bias = 0 }
        covariance[index][index] += added
        return added
    }

    /// The variance of a delay plus the clock error; only the sum is observable.
    private func variance(of index: Int) -> Double {
        covariance[index][index] + 2 * covariance[index][clock] + covariance[clock][clock]
    }

    /// Nil if the stored models are inconsistent, for example after file damage.
    func updatedModels() -> [DeviceID: DelayModel]? {
        guard sensors.indices.allSatisfy({ covariance[$0][$0] >= 0 && means[$0].isFinite }) else { return nil }
        var learned = models
        for (index, delays) in observations { learnSpread(&learned[index], delays, index) }
        for index in sensors.indices {
            // Correlated sensors move together, even when one of them is at the end of what is possible.
            learned[index].mean = min(
                max(means[index], DelayModel.possible.lowerBound), DelayModel.possible.upperBound)
            learned[index].meanVariance = min(covariance[index][index], 1)
            learned[index].covariances = [:]
            for other in sensors.indices where other != index && covariance[index][other] != 0 {
                // Both entries should be equal; always use the same one.
                learned[index].covariances[sensors[other]] = covariance[min(index, other)][max(index, other)]
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(sensors, learned))
    }

    /// Residuals are reduced by the uncertainty of delay and clock, which corresponds to fewer degrees of freedom.
    private func learnSpread(_ model: inout DelayModel, _ delays: [Double], _ index: Int) {
        let number = Double(delays.count)
        let squares = delays.reduce(0) { sum, delay in
            let rest = delay - means[index] - means[clock]
            return sum + rest * rest
        }
        let free = number * max(0, 1 - variance(of: index) / model.variance)
        let weight = min(Double(model.count), Self.memory) + Self.expectation
        let spread = (model.variance * weight + squares) / (weight + free)
        model.variance = min(max(spread, DelayModel.minimumVariance), DelayModel.maximumVariance)
        model.count += delays.count
    }
}

extension DelayModel {
    /// Covariances are used only if both sensors have the same value: one of them may have been forgotten and relearned.
    fileprivate func covariance(with other: DelayModel, _ own: DeviceID, _ others: DeviceID) -> Double {
        guard let covariance = covariances[others], covariance == other.covariances[own],
            covariance * covariance <= meanVariance * other.meanVariance
        else { return 0 }
        return covariance
    }
}
