import Clocks

/// A motion of a target: an impact, or one that was rejected for the reason in `reject`.
package struct ImpactEvent: Hashable, Sendable {
    package let sensor: DeviceID
    /// The largest deviation from rest on any axis, in mm/s.
    package let peakVelocity: Double
    /// The deviation on each axis at that moment, in mm/s.
    package let axes: Vector3
    /// When the impact began. The event's stamp says when the frame arrived, which is slightly later.
    package let onset: MonotonicTime
    /// Error bound of `onset` (±), excluding the sensor's own delay.
    package let onsetError: Nanoseconds?
    /// From the onset until the target was at rest, or until this event was published.
    package let duration: Nanoseconds
    /// Confidence of the detector, 0...1.
    package let confidence: Double
    /// The position of the target.
    package let location: TargetPoint?
    /// The id of the target that the sensor is assigned to.
    package let target: String?
    /// In g; nil unless the sensor reports accelerations.
    package let peakAcceleration: Double?
    package let reject: ImpactReject?
    /// The first bytes that show the motion; empty if they are no longer available.
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

    /// The name in client messages.
    package var name: StaticString { reject == nil ? "impact_detected" : "impact_refused" }
}

/// Why a motion is not an impact. Raw values are stable names.
package enum ImpactReject: String, CaseIterable, Sendable {
    /// Below the peak threshold: a knock on the cable, wind, an impact on something else.
    case belowPeak = "below_peak"
    /// Slower rise than a bullet causes: the target is being moved by hand.
    case slowRise = "slow_rise"
    /// The target is being handled: repeated motions.
    case handling
    /// Within the dead time after an impact.
    case deadTime = "dead_time"
    /// The sensor reports its maximum value continuously.
    case saturated
    /// The rest level is not known yet.
    case restUnknown = "rest_unknown"
    /// The rest level has changed permanently: the sensor is mounted differently now.
    case restMoved = "rest_moved"
}

/// A position on the stage: x to the right, y downrange; by convention in metres.
package struct TargetPoint: Hashable, Sendable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// A target: a plate, a popper, a gong. Sensors are assigned to it by its id.
package struct RangeTarget: Hashable, Sendable {
    package let id: String
    package var name: String
    package var location: TargetPoint?
    /// Targets on one rack transmit vibrations to each other.
    package var rack: String?

    package init(id: String, name: String, location: TargetPoint? = nil, rack: String? = nil) {
        self.id = id
        self.name = name
        self.location = location
        self.rack = rack
    }
}
