import Clocks

/// A single beat of a heart, just now.
package struct HeartBeatEvent: Hashable, Sendable {
    /// Nil as long as the device has not said whose heart it is.
    package let user: HeartUser?
    package let device: DeviceID
    package let family: DeviceFamily
    /// The rate that this beat and the one before suggest, in beats per minute.
    package let beatsPerMinute: Double
    /// From the beat before to this one; nil when there is none that counts.
    package let interval: Nanoseconds?
    /// Whether the device lets it count for the rate. A finger that moves makes beats that no heart does.
    package let isPlausible: Bool

    package init(
        user: HeartUser?, device: DeviceID, family: DeviceFamily, beatsPerMinute: Double, interval: Nanoseconds?,
        isPlausible: Bool
    ) {
        self.user = user
        self.device = device
        self.family = family
        self.beatsPerMinute = beatsPerMinute
        self.interval = interval
        self.isPlausible = isPlausible
    }
}
