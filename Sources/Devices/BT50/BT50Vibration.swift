import Clocks
import Events

/// A frame of the default mode: amplitudes over a while, not a waveform.
///
///     55 61  VX VY VZ  AX AY AZ  TT  DX DY DZ  FX FY FZ  [MM BB]
///
/// All are 16 bits, low byte first, signed. The last two are missing in the short form.
package struct BT50Vibration: Hashable, Sendable {
    /// mm/s.
    package let velocity: BT50Axes
    /// 180° is 32,768.
    package let angle: BT50Axes
    /// 0.01 °C.
    package let temperature: Int16
    /// µm.
    package let displacement: BT50Axes
    /// Hz.
    package let frequency: BT50Axes
    package let alarms: BT50Alarms?
    /// 0.01 V.
    package let battery: Int16?
    /// How long before the arrival of its notification this was measured, as far as the rate is known.
    package let age: Nanoseconds

    static let length = 32
    static let shortLength = 28

    init(frame: ArraySlice<UInt8>, age: Nanoseconds) {
        velocity = BT50Axes(frame, at: 2)
        angle = BT50Axes(frame, at: 8)
        temperature = frame.signedLittleEndian16(at: 14)
        displacement = BT50Axes(frame, at: 16)
        frequency = BT50Axes(frame, at: 22)
        let isLong = frame.count >= Self.length
        alarms = isLong ? BT50Alarms(rawValue: frame.littleEndian16(at: 28)) : nil
        battery = isLong ? frame.signedLittleEndian16(at: 30) : nil
        self.age = age
    }

    /// Whether a sensor can mean this. The limits are wide; they are there to tell a frame from bytes that look like one.
    static func isPlausible(_ frame: ArraySlice<UInt8>) -> Bool {
        let hasBattery = frame.count >= length
        return temperatures.contains(frame.signedLittleEndian16(at: 14))
            && (!hasBattery || batteries.contains(frame.signedLittleEndian16(at: 30)))
    }

    /// -40 to 85 °C.
    private static let temperatures: ClosedRange<Int16> = -4_000...8_500
    /// 0 V, for those without a cell, to 5 V.
    private static let batteries: ClosedRange<Int16> = 0...500
}

/// Which limits that are set in the sensor have been passed.
package struct BT50Alarms: OptionSet, Hashable, Sendable {
    package let rawValue: UInt16

    package init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    package static let displacementX = Self(rawValue: 1 << 0)
    package static let displacementY = Self(rawValue: 1 << 1)
    package static let displacementZ = Self(rawValue: 1 << 2)
    package static let frequencyX = Self(rawValue: 1 << 3)
    package static let frequencyY = Self(rawValue: 1 << 4)
    package static let frequencyZ = Self(rawValue: 1 << 5)
}

/// The numbers in units.
extension BT50Vibration {
    package var velocityInMillimetresPerSecond: Vector3 { velocity.scaled(by: 1) }
    package var angleInDegrees: Vector3 { angle.scaled(by: BT50Axes.degrees) }
    package var celsius: Double { Double(temperature) / 100 }
    package var displacementInMicrometres: Vector3 { displacement.scaled(by: 1) }
    package var frequencyInHertz: Vector3 { frequency.scaled(by: 1) }
    package var volts: Double? { battery.map { Double($0) / 100 } }
}

extension BT50Axes {
    static let degrees = 180.0 / 32_768

    func scaled(by scale: Double) -> Vector3 {
        Vector3(x: Double(x) * scale, y: Double(y) * scale, z: Double(z) * scale)
    }
}
