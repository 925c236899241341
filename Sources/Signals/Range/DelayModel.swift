import Events

/// The delay from a shot to the sensor's impact: bullet flight, sensor and link latency together. It differs for every
/// sensor and range, so it is learned from pairs with high confidence and never assumed.
///
/// Plain numbers in seconds, stored across restarts. `DelayFilter` learns the models of all sensors jointly.
package struct DelayModel: Hashable, Sendable {
    /// Number of pairs learned from.
    package internal(set) var count: Int
    package internal(set) var mean: Double
    /// The uncertainty of the mean, as a variance.
    package internal(set) var meanVariance: Double
    /// The variance of single delays within a string.
    package internal(set) var variance: Double
    /// Consecutive pairs that did not fit.
    package internal(set) var misfits: Int
    /// Accumulated deviation of recent strings in one direction, in standard deviations.
    package internal(set) var bias: Double
    /// Covariances of the means' errors with those of other sensors that were hit in the same strings. Symmetric: each
    /// of two sensors stores the value.
    package internal(set) var covariances: [DeviceID: Double]
    /// Strings with a pair for the sensor's first impact, and those in which it was late.
    package internal(set) var firstImpacts = 0
    package internal(set) var lateFirstImpacts = 0

    /// Valid delays: an impact cannot precede its shot, but clocks are uncertain; half a second was seen on a real
    /// range.
    package static let possible = -0.06...1.2
    /// The required precision of the mean, in seconds.
    package static let targetError = 0.005
    /// Prior of `variance`: a standard deviation of 10 ms.
    private static let usualVariance = 0.000_1
    static let minimumVariance = 0.000_025
    static let maximumVariance = 0.0016

    /// An unknown delay.
    package init() {
        self.init(count: 0, mean: 0, meanVariance: 1, variance: Self.usualVariance)
    }

    /// A stored delay.
    package init(
        count: Int, mean: Double, meanVariance: Double, variance: Double, misfits: Int = 0, bias: Double = 0,
        covariances: [DeviceID: Double] = [:], firstImpacts: Int = 0, lateFirstImpacts: Int = 0
    ) {
        self.count = max(0, count)
        self.mean = mean
        self.meanVariance = meanVariance
        self.variance = variance
        self.misfits = misfits
        self.bias = bias
        self.covariances = covariances
        self.firstImpacts = firstImpacts
        self.lateFirstImpacts = lateFirstImpacts
    }

    /// Whether the numbers are in range; stored data may be damaged.
    package var isPlausible: Bool {
        count >= 0 && Self.possible.contains(mean) && meanVariance >= 0 && meanVariance <= 1 && variance > 0
            && variance <= 1 && misfits >= 0 && (0...Self.maximumFirstImpacts).contains(firstImpacts)
            && (0...firstImpacts).contains(lateFirstImpacts) && abs(bias) <= 100
            && covariances.values.allSatisfy { abs($0) <= 1 }
    }

    /// So that a change of the link shows after some strings.
    static let maximumFirstImpacts = 60

    mutating func recordFirstImpact(isLate: Bool) {
        if firstImpacts >= Self.maximumFirstImpacts {
            firstImpacts /= 2
            lateFirstImpacts /= 2
        }
        firstImpacts += 1
        if isLate { lateFirstImpacts += 1 }
    }

    package var isLearnt: Bool { count >= 2 }

    /// Error bound of `mean` (95 %).
    package var meanError: Double { 2 * meanVariance.squareRoot() }
    package var deviation: Double { variance.squareRoot() }

    /// Whether the error bound is within `targetError`.
    package var isExact: Bool { isLearnt && meanError <= Self.targetError }
}

/// The delays observed in one string, from pairs with high confidence.
package struct DelayObservation: Hashable, Sendable {
    /// By sensor, in seconds.
    package var delays: [DeviceID: [Double]]
    /// Of the error of the string's clock, which all delays share.
    package var clockVariance: Double
    /// Whether the sensors' first impacts were late.
    package var firstImpactWasLate: [DeviceID: Bool]

    package init(
        _ delays: [DeviceID: [Double]], clockVariance: Double, firstImpactWasLate: [DeviceID: Bool] = [:]
    ) {
        self.delays = delays
        self.clockVariance = clockVariance
        self.firstImpactWasLate = firstImpactWasLate
    }

    /// Hits on a moved target in a row that do not fit until its delay is relearned.
    private static let maximumMisfits = 6

    /// The delays that a sensor's model can learn from. Outliers are left out; after too many of them in a row, the
    /// model is reset.
    func fitting(_ sensor: DeviceID, _ model: inout DelayModel) -> [Double] {
        let delays = (delays[sensor] ?? []).filter { DelayModel.possible.contains($0) }
        let fitting = delays.filter { fits($0, model) }
        model.misfits = fitting.isEmpty ? model.misfits + delays.count : 0
        guard model.misfits >= Self.maximumMisfits, !delays.isEmpty else { return fitting }
        model = DelayModel()
        return delays
    }

    private func fits(_ delay: Double, _ model: DelayModel) -> Bool {
        guard model.isLearnt else { return true }
        let deviation = delay - model.mean
        return deviation * deviation <= 16 * (model.variance + model.meanVariance + clockVariance)
    }
}

extension [DeviceID: DelayModel] {
    /// - Parameter maximumSensors: additional sensors are ignored.
    package mutating func learn(_ observation: DelayObservation, maximumSensors: Int = 64) {
        var fitting: [DeviceID: [Double]] = [:]
        for sensor in observation.delays.keys where self[sensor] != nil || count < maximumSensors {
            fitting[sensor] = observation.fitting(sensor, &self[sensor, default: DelayModel()])
        }
        if let learned = updated(fitting, observation.clockVariance) {
            self = learned
        } else {
            for sensor in keys { self[sensor]?.covariances = [:] }
            self = updated(fitting, observation.clockVariance) ?? self
        }
        for (sensor, wasLate) in observation.firstImpactWasLate { self[sensor]?.recordFirstImpact(isLate: wasLate) }
    }

    private func updated(_ delays: [DeviceID: [Double]], _ clockVariance: Double) -> Self? {
        var filter = DelayFilter(self, clockVariance: clockVariance)
        for (sensor, delays) in delays.sorted(by: { $0.key.text < $1.key.text }) { filter.update(delays, of: sensor) }
        return filter.updatedModels()
    }
}
