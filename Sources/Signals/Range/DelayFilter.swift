import Events

/// Learns the delays of all sensors from a string at once: a Kalman filter.
///
/// All pairs of a string share the error of its clock, so a string teaches a delay no better than its clock is known. But
/// that error is the same for all sensors that were hit, and what two sensors have in common by it, a string that hits only
/// one of them tells of both. So all delays and the clock's error are estimated together, with all their covariances; the
/// clock's error goes with the string.
struct DelayFilter {
    private let sensors: [DeviceID]
    private var models: [DelayModel]
    /// The delays, and the clock's error behind them.
    private var means: [Double]
    private var covariance: [[Double]]
    private let clock: Int
    private var observations: [(place: Int, delays: [Double])] = []

    /// A range changes slowly: people stand elsewhere, it gets warmer. From string to string half a millisecond.
    private static let driftVariance = 0.000_000_25
    /// A string that is off by more deviations is no chance: the target was moved a little.
    private static let outlierDeviations = 4.0
    /// Nor is it chance when string after string is off to the same side. Of what they are off by, so much is carried on
    /// to the next; chance alone makes that twice what it is in one.
    private static let biasDecay = 0.85
    private static let maximumBias = 6.0
    /// Beyond so many pairs, older ones do not count for how much delays differ.
    private static let memory = 40.0
    /// What is expected of that counts as much as so many pairs.
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
        guard let place = sensors.firstIndex(of: sensor), !delays.isEmpty else { return }
        observations.append((place, delays))
        let number = Double(delays.count)
        let deviation = delays.reduce(0, +) / number - means[place] - means[clock]
        covariance[place][place] += Self.driftVariance
        var expected = variance(of: place) + models[place].variance / number
        if models[place].isLearnt { expected += addedVariance(deviation, expected, place) }
        let gain = means.indices.map { (covariance[$0][place] + covariance[$0][clock]) / expected }
        for row in means.indices {
            means[row] += gain[row] * deviation
            for column in means.indices { covariance[row][column] -= gain[row] * gain[column] * expected }
        }
    }

    /// What has to be added to how uncertain a delay is, as what comes in does not agree with what was learnt.
    private mutating func addedVariance(_ deviation: Double, _ expected: Double, _ place: Int) -> Double {
        let lean = models[place].bias * Self.biasDecay + deviation / expected.squareRoot()
        models[place].bias = lean
        var doubt = 0.0
        if deviation * deviation > Self.outlierDeviations * Self.outlierDeviations * expected {
            doubt = deviation * deviation / 4 - expected
        } else if abs(lean) > Self.maximumBias {
            let usual = lean * (1 - Self.biasDecay)
            doubt = usual * usual * expected
        }
        if doubt > 0 { models[place].bias = 0 }
        covariance[place][place] += doubt
        return doubt
    }

    /// Of a delay and the clock's error together, which is all that can be seen.
    private func variance(of place: Int) -> Double {
        covariance[place][place] + 2 * covariance[place][clock] + covariance[clock][clock]
    }

    /// Nil when what was known contradicts itself, as damaged numbers may.
    func updatedModels() -> [DeviceID: DelayModel]? {
        guard sensors.indices.allSatisfy({ covariance[$0][$0] >= 0 && means[$0].isFinite }) else { return nil }
        var learnt = models
        for (place, delays) in observations { learnSpread(&learnt[place], delays, place) }
        for place in sensors.indices {
            learnt[place].mean = means[place]
            learnt[place].meanVariance = min(covariance[place][place], 1)
            learnt[place].covariances = [:]
            for other in sensors.indices where other != place && covariance[place][other] != 0 {
                // Of the two that ought to be the same, the one is taken.
                learnt[place].covariances[sensors[other]] = covariance[min(place, other)][max(place, other)]
            }
        }
        return Dictionary(uniqueKeysWithValues: zip(sensors, learnt))
    }

    /// What is left when the delay and the clock are known as well as they are is smaller than what single delays differ by,
    /// as if there were fewer of them.
    private func learnSpread(_ model: inout DelayModel, _ delays: [Double], _ place: Int) {
        let number = Double(delays.count)
        let squares = delays.reduce(0) { sum, delay in
            let rest = delay - means[place] - means[clock]
            return sum + rest * rest
        }
        let free = number * max(0, 1 - variance(of: place) / model.variance)
        let weight = min(Double(model.count), Self.memory) + Self.expectation
        let spread = (model.variance * weight + squares) / (weight + free)
        model.variance = min(max(spread, DelayModel.minimumVariance), DelayModel.maximumVariance)
        model.count += delays.count
    }
}

extension DelayModel {
    /// Two sensors that do not say the same of each other have been learnt apart: one of them was forgotten meanwhile.
    fileprivate func covariance(with other: DelayModel, _ own: DeviceID, _ others: DeviceID) -> Double {
        guard let covariance = covariances[others], covariance == other.covariances[own],
            covariance * covariance <= meanVariance * other.meanVariance
        else { return 0 }
        return covariance
    }
}
