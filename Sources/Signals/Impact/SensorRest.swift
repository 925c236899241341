import Clocks
import Events

/// What a sensor shows at rest, by quantity.
struct SensorRest: Hashable, Sendable {
    private(set) var velocity: RestLevel
    private(set) var displacement: RestLevel
    /// Nil for sensors that report amplitudes.
    private(set) var acceleration: RestLevel?

    /// Nil if the samples are not those of a sensor at rest.
    init?(learnedFrom samples: [ImpactSample], _ thresholds: ImpactThresholds, acceptsNoise: Bool) {
        let accelerations = samples.compactMap(\.motion.acceleration)
        let isMomentary = !accelerations.isEmpty
        // Momentary velocities and displacements are integrals, which may wander at rest.
        guard
            let velocity = RestLevel(
                learnedFrom: samples.map(\.motion.velocity), limit: thresholds.onset,
                acceptsNoise: acceptsNoise || isMomentary),
            let displacement = RestLevel(
                learnedFrom: samples.map(\.motion.displacement), limit: thresholds.onsetDisplacement,
                acceptsNoise: acceptsNoise || isMomentary)
        else { return nil }
        self.velocity = velocity
        self.displacement = displacement
        guard isMomentary else { return }
        acceleration = RestLevel(
            learnedFrom: accelerations, limit: thresholds.onsetAcceleration, acceptsNoise: acceptsNoise)
        if acceleration == nil { return nil }
    }

    init(_ calibration: RestCalibration) {
        let unknown = RestLevel(base: Vector3(x: 0, y: 0, z: 0), noise: 0)
        velocity = calibration.isMomentary ? unknown : calibration.level
        displacement = calibration.displacement ?? unknown
        acceleration = calibration.isMomentary ? calibration.level : nil
    }

    /// The level that decides whether the sensor is at rest.
    var primary: RestLevel { acceleration ?? velocity }

    var noise: QuantityValues {
        QuantityValues(
            velocity: velocity.noise, displacement: displacement.noise, acceleration: acceleration?.noise ?? 0)
    }

    /// Follows a sample at rest. Gravity turns with the sensor and drifts with temperature; amplitudes hardly change.
    mutating func follow(_ motion: ImpactSample.Motion, interval: Double) {
        let settling = acceleration == nil ? 10.0 : 1
        let (velocity, displacement) = (motion.velocity, motion.displacement)
        self.velocity.follow(
            velocity, interval: interval, settling: settling, minimumNoise: acceleration == nil ? 0.5 : 1)
        self.displacement.follow(displacement, interval: interval, settling: settling, minimumNoise: 3)
        if let value = motion.acceleration {
            acceleration?.follow(value, interval: interval, settling: 1, minimumNoise: 0.005)
        }
    }

    /// The deviation of a sample from rest.
    func level(
        of sample: ImpactSample, number: UInt64, at time: MonotonicTime, onset: QuantityValues
    ) -> MotionLevel {
        let velocity = sample.motion.velocity - velocity.base
        let displacement = sample.motion.displacement - displacement.base
        let (values, change): (QuantityValues, QuantityValues)
        if let acceleration, let value = sample.motion.acceleration {
            values = QuantityValues(
                velocity: velocity.length, displacement: displacement.length,
                acceleration: (value - acceleration.base).length)
            change = values
        } else {
            // An impact cannot lower an amplitude.
            values = QuantityValues(velocity: velocity.highest, displacement: displacement.highest)
            change = QuantityValues(
                velocity: velocity.largestComponent, displacement: displacement.largestComponent)
        }
        return MotionLevel(
            number: number, time: time, values: values, level: change.divided(by: onset).largest, velocity: velocity,
            isSaturated: sample.isSaturated)
    }
}

extension ImpactSample.Motion {
    var velocity: Vector3 {
        switch self {
        case .amplitude(let velocity, _), .momentary(_, let velocity, _): velocity
        }
    }

    var displacement: Vector3 {
        switch self {
        case .amplitude(_, let displacement), .momentary(_, _, let displacement): displacement
        }
    }

    var acceleration: Vector3? {
        if case .momentary(let acceleration, _, _) = self { acceleration } else { nil }
    }
}
