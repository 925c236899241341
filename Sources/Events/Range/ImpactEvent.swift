import Clocks

/// A sensor on a target felt a blow.
package struct ImpactEvent: Hashable, Sendable {
    package let sensor: DeviceID
    /// The largest deviation from rest on any axis, in mm/s.
    package let peakVelocity: Double
    /// The deviation on each axis at that moment, in mm/s.
    package let axes: Vector3
    /// When the blow began. The event's stamp says when its frame arrived, which is a little later.
    package let onset: MonotonicTime
    /// From the onset until the target was quiet again.
    package let duration: Nanoseconds
    /// How sure the detector is, 0...1.
    package let confidence: Double
    /// Where on the target, if the sensor can tell.
    package let location: TargetPoint?

    package init(
        sensor: DeviceID, peakVelocity: Double, axes: Vector3, onset: MonotonicTime, duration: Nanoseconds,
        confidence: Double, location: TargetPoint? = nil
    ) {
        self.sensor = sensor
        self.peakVelocity = peakVelocity
        self.axes = axes
        self.onset = onset
        self.duration = duration
        self.confidence = confidence
        self.location = location
    }
}

/// A place on a target's face, in centimetres from its centre: x to the right, y upwards.
package struct TargetPoint: Hashable, Sendable {
    package let x: Double
    package let y: Double

    package init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}
