/// Kinds of BT50 that were seen; they differ by their settings. The raw values are names for commands and scripts.
package enum BT50SensorType: String, CaseIterable, Sendable {
    /// Four samples in each notification, at the sensor's rate.
    case standard
    /// One sample in each notification, 24 a second.
    case single
    /// As `single`, with a new velocity every half second and a new displacement in each sample.
    case uneven
    /// As `single`, without a velocity.
    case displacement
    /// As `standard`, with amplitudes that are repeated in four samples.
    case repeated
}
