import Events

/// What a string teaches of sensors' delays: those of its pairs that are certain.
package struct DelayObservation: Hashable, Sendable {
    /// By sensor, in seconds.
    package var delays: [DeviceID: [Double]]
    /// Of what all of them have in common, the error of the string's clock.
    package var clockVariance: Double

    package init(_ delays: [DeviceID: [Double]], clockVariance: Double) {
        self.delays = delays
        self.clockVariance = clockVariance
    }

    /// A target that was moved shows in a few hits that all do not fit.
    private static let maximumMisfits = 6

    /// What of it a sensor can learn from. Delays far from all others are left out; if all are, time and again, what had
    /// been learnt is no longer true and is forgotten.
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
    /// - Parameter most: so many sensors can be known.
    package mutating func learn(_ lesson: DelayObservation, maximumSensors: Int = 64) {
        var fitting: [DeviceID: [Double]] = [:]
        for sensor in lesson.delays.keys where self[sensor] != nil || count < maximumSensors {
            fitting[sensor] = lesson.fitting(sensor, &self[sensor, default: DelayModel()])
        }
        if let learnt = updated(fitting, lesson.clockVariance) {
            self = learnt
        } else {
            for sensor in keys { self[sensor]?.covariances = [:] }
            self = updated(fitting, lesson.clockVariance) ?? self
        }
    }

    private func updated(_ lessons: [DeviceID: [Double]], _ clockVariance: Double) -> Self? {
        var filter = DelayFilter(self, clockVariance: clockVariance)
        for (sensor, delays) in lessons.sorted(by: { $0.key.text < $1.key.text }) { filter.update(delays, of: sensor) }
        return filter.updatedModels()
    }
}
