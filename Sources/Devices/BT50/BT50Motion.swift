import Clocks
import Events

/// A frame of the mode "now data": a waveform, by the chip's own clock.
///
///     55 61  yy mm dd hh mi ss  MS  AX AY AZ  GX GY GZ  VX VY VZ  RX RY RZ  DX DY DZ
///
/// What has capitals is 16 bits, low byte first, and all but the milliseconds MS is signed.
package struct BT50Motion: Hashable, Sendable {
    /// Since the beginning of 2015, where the chip's clock stands when it is switched on. Steps are exact.
    package let chipTime: Nanoseconds
    /// 16 g is 32,768.
    package let acceleration: BT50Axes
    /// 2,000 °/s is 32,768.
    package let rotation: BT50Axes
    /// mm/s, to both sides of zero.
    package let velocity: BT50Axes
    /// 180° is 32,768.
    package let angle: BT50Axes
    /// µm, to both sides of zero.
    package let displacement: BT50Axes
    /// How long before the arrival of its notification this was measured.
    package let age: Nanoseconds

    static let length = 40

    init(frame: ArraySlice<UInt8>, chipTime: Nanoseconds, age: Nanoseconds) {
        self.chipTime = chipTime
        acceleration = BT50Axes(frame, at: 10)
        rotation = BT50Axes(frame, at: 16)
        velocity = BT50Axes(frame, at: 22)
        angle = BT50Axes(frame, at: 28)
        displacement = BT50Axes(frame, at: 34)
        self.age = age
    }
}

/// The numbers in units.
extension BT50Motion {
    package var accelerationInG: Vector3 { acceleration.scaled(by: 16.0 / 32_768) }
    package var rotationInDegreesPerSecond: Vector3 { rotation.scaled(by: 2_000.0 / 32_768) }
    package var velocityInMillimetresPerSecond: Vector3 { velocity.scaled(by: 1) }
    package var angleInDegrees: Vector3 { angle.scaled(by: BT50Axes.degrees) }
    package var displacementInMicrometres: Vector3 { displacement.scaled(by: 1) }
}
