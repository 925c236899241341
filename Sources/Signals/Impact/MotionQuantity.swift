/// The quantities that show a motion. Raw values are stable names.
package enum MotionQuantity: String, CaseIterable, Sendable {
    case velocity, displacement, acceleration

    package var name: StaticString {
        switch self {
        case .velocity: "velocity"
        case .displacement: "displacement"
        case .acceleration: "acceleration"
        }
    }
}

/// One value for each quantity: velocity in mm/s, displacement in µm, acceleration in g. Zero for a quantity that the
/// sensor does not report.
package struct QuantityValues: Hashable, Sendable {
    package var velocity = 0.0
    package var displacement = 0.0
    package var acceleration = 0.0

    package init(velocity: Double = 0, displacement: Double = 0, acceleration: Double = 0) {
        self.velocity = velocity
        self.displacement = displacement
        self.acceleration = acceleration
    }

    package subscript(quantity: MotionQuantity) -> Double {
        switch quantity {
        case .velocity: velocity
        case .displacement: displacement
        case .acceleration: acceleration
        }
    }

    func divided(by limits: Self) -> Self {
        Self(
            velocity: velocity / limits.velocity, displacement: displacement / limits.displacement,
            acceleration: acceleration / limits.acceleration)
    }

    var largest: Double { max(velocity, displacement, acceleration) }

    mutating func raise(to other: Self) {
        velocity = max(velocity, other.velocity)
        displacement = max(displacement, other.displacement)
        acceleration = max(acceleration, other.acceleration)
    }
}

/// A set of quantities.
struct QuantitySet: OptionSet, Sendable {
    let rawValue: UInt8

    static let velocity = Self(rawValue: 1)
    static let displacement = Self(rawValue: 2)
    static let acceleration = Self(rawValue: 4)

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The quantities that reach a value.
    init(_ values: QuantityValues, from least: Double) {
        self = []
        if values.velocity >= least { insert(.velocity) }
        if values.displacement >= least { insert(.displacement) }
        if values.acceleration >= least { insert(.acceleration) }
    }
}

/// The limits that apply to a motion, by quantity.
package struct MotionLimits: Hashable, Sendable {
    package let onset: QuantityValues
    package let peak: QuantityValues

    package init(_ thresholds: ImpactThresholds) { self.init(thresholds, noise: QuantityValues()) }

    /// Noise at rest can raise the limits above the thresholds.
    init(_ thresholds: ImpactThresholds, noise: QuantityValues) {
        onset = QuantityValues(
            velocity: max(thresholds.onset, 2 * noise.velocity),
            displacement: max(thresholds.onsetDisplacement, 2 * noise.displacement),
            acceleration: max(thresholds.onsetAcceleration, 2 * noise.acceleration))
        peak = QuantityValues(
            velocity: max(thresholds.peak, 4 * noise.velocity),
            displacement: max(thresholds.peakDisplacement, 4 * noise.displacement),
            acceleration: max(thresholds.peakAcceleration, 4 * noise.acceleration))
    }
}
