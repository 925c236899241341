import Clocks
import Events

/// An impact, as far as runs are concerned.
package struct RunImpact: Hashable, Sendable {
    /// The id of the event that told of it.
    package let id: UInt64
    package let sensor: DeviceID
    /// What the sensor was assigned to at the time.
    package let target: String?
    package let rack: String?
    package let onset: MonotonicTime
    package let onsetError: Nanoseconds
    /// In mm/s.
    package let peakVelocity: Double

    package init(
        id: UInt64, sensor: DeviceID, target: String?, rack: String? = nil, onset: MonotonicTime,
        onsetError: Nanoseconds, peakVelocity: Double
    ) {
        self.id = id
        self.sensor = sensor
        self.target = target
        self.rack = rack
        self.onset = onset
        self.onsetError = onsetError
        self.peakVelocity = peakVelocity
    }
}
