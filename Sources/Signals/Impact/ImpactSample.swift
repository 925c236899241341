import Clocks
import Devices
import Events

/// One measurement of a target sensor, in the form that the detector needs.
package struct ImpactSample: Hashable, Sendable {
    package enum Motion: Hashable, Sendable {
        /// Amplitudes: velocity in mm/s, displacement in µm.
        case amplitude(velocity: Vector3, displacement: Vector3)
        /// Momentary values: acceleration in g including gravity, signed velocity in mm/s, signed displacement in µm.
        case momentary(
            acceleration: Vector3, velocity: Vector3, displacement: Vector3 = Vector3(x: 0, y: 0, z: 0))
    }

    package let motion: Motion
    /// How long before the arrival of its notification it was measured, as far as known.
    package let age: Nanoseconds
    /// By the sensor's own clock, if it has one.
    package let chipTime: Nanoseconds?
    /// An axis is at the end of its range; the true value may be larger.
    package let isSaturated: Bool

    package init(
        _ motion: Motion, age: Nanoseconds = .zero, chipTime: Nanoseconds? = nil, isSaturated: Bool = false
    ) {
        self.motion = motion
        self.age = age
        self.chipTime = chipTime
        self.isSaturated = isSaturated
    }

    var isMomentary: Bool {
        if case .momentary = motion { true } else { false }
    }
}

extension ImpactSample {
    package init(_ sample: BT50Vibration) {
        self.init(
            .amplitude(
                velocity: sample.velocityInMillimetresPerSecond, displacement: sample.displacementInMicrometres),
            age: sample.age, isSaturated: sample.velocity.isPinned || sample.displacement.isPinned)
    }

    package init(_ sample: BT50Motion) {
        self.init(
            .momentary(
                acceleration: sample.accelerationInG, velocity: sample.velocityInMillimetresPerSecond,
                displacement: sample.displacementInMicrometres),
            age: sample.age, chipTime: sample.chipTime,
            isSaturated: sample.acceleration.isPinned || sample.velocity.isPinned)
    }

    /// Nil if the reading is not a measurement.
    package init?(_ reading: BT50Reading) {
        switch reading {
        case .vibration(let sample): self.init(sample)
        case .motion(let sample): self.init(sample)
        case .registers, .cutOff, .rejected: return nil
        }
    }
}

extension BT50Axes {
    fileprivate var isPinned: Bool {
        [x, y, z].contains { $0 == .max || $0 == .min }
    }
}

extension Vector3 {
    var length: Double { (x * x + y * y + z * z).squareRoot() }
    var largestComponent: Double { max(abs(x), abs(y), abs(z)) }
    /// The largest component above zero.
    var highest: Double { max(0, x, y, z) }

    static func - (left: Self, right: Self) -> Self {
        Self(x: left.x - right.x, y: left.y - right.y, z: left.z - right.z)
    }
}
