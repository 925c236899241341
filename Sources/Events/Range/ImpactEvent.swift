import Clocks

/// A sensor on a target felt a blow; or it felt something, and `refusal` says why that was no blow.
package struct ImpactEvent: Hashable, Sendable {
    package let sensor: DeviceID
    /// The largest deviation from rest on any axis, in mm/s.
    package let peakVelocity: Double
    /// The deviation on each axis at that moment, in mm/s.
    package let axes: Vector3
    /// When the blow began. The event's stamp says when its frame arrived, which is a little later.
    package let onset: MonotonicTime
    /// The blow began this close to `onset`, before or after, as far as the sensor's own delay is left aside.
    package let onsetError: Nanoseconds?
    /// From the onset until the target was quiet again, or until this was told.
    package let duration: Nanoseconds
    /// How sure the detector is, 0...1.
    package let confidence: Double
    /// Where the target stands.
    package let location: TargetPoint?
    /// The target that the sensor is assigned to.
    package let target: String?
    /// In g, where the sensor tells accelerations.
    package let peakAcceleration: Double?
    package let reject: ImpactReject?
    /// The bytes in which the sensor began to tell of it; empty when they are gone.
    package let frame: [UInt8]

    package init(
        sensor: DeviceID, peakVelocity: Double, axes: Vector3, onset: MonotonicTime, onsetError: Nanoseconds? = nil,
        duration: Nanoseconds, confidence: Double, location: TargetPoint? = nil, target: String? = nil,
        peakAcceleration: Double? = nil, reject: ImpactReject? = nil, frame: [UInt8] = []
    ) {
        self.sensor = sensor
        self.peakVelocity = peakVelocity
        self.axes = axes
        self.onset = onset
        self.onsetError = onsetError
        self.duration = duration
        self.confidence = confidence
        self.location = location
        self.target = target
        self.peakAcceleration = peakAcceleration
        self.reject = reject
        self.frame = frame
    }

    /// The name under which clients know it.
    package var name: StaticString { reject == nil ? "impact_detected" : "impact_refused" }
}

/// Why what a sensor felt was no impact. The raw value is a stable name.
package enum ImpactReject: String, CaseIterable, Sendable {
    /// It rose, but not as far as a blow does: a knock on the cable, wind, a blow on something else.
    case belowPeak = "below_peak"
    /// It rose more slowly than any bullet makes it: somebody moves the target.
    case slowRise = "slow_rise"
    /// It is being handled: one motion follows the other.
    case handling
    /// So soon after an impact that it belongs to that one.
    case deadTime = "dead_time"
    /// The sensor shows its largest number all the time.
    case saturated
    /// It is not known yet what the sensor shows at rest.
    case restUnknown = "rest_unknown"
    /// What it shows at rest has changed for good: it hangs differently now.
    case restMoved = "rest_moved"
}

/// A place on the stage, as whoever laid it out measures it: x to the right, y downrange; metres as a rule.
package struct TargetPoint: Hashable, Sendable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
