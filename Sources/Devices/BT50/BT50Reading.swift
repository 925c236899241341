import Clocks
import Events

/// A reading of a BT50 vibration sensor.
package enum BT50Reading: Hashable, Sendable {
    /// Amplitudes: the factory default mode.
    case vibration(BT50Vibration)
    /// Momentary values: "now data" mode.
    case motion(BT50Motion)
    case registers(BT50Registers)
    /// A notification that holds only the first bytes of a frame: either the MTU was not raised, or this is another
    /// sensor of the vendor with shorter frames. Unreadable in both cases.
    case cutOff(byteCount: Int)
    case rejected(DecoderReject)
}

/// Three raw axis values; the quantity determines the scale.
package struct BT50Axes: Hashable, Sendable {
    package let x: Int16
    package let y: Int16
    package let z: Int16

    package init(x: Int16, y: Int16, z: Int16) {
        self.x = x
        self.y = y
        self.z = z
    }

    init(_ frame: ArraySlice<UInt8>, at offset: Int) {
        x = frame.signedLittleEndian16(at: offset)
        y = frame.signedLittleEndian16(at: offset + 2)
        z = frame.signedLittleEndian16(at: offset + 4)
    }
}

/// A frame of the default mode: amplitudes over an interval, not a waveform.
///
///     55 61  VX VY VZ  AX AY AZ  TT  DX DY DZ  FX FY FZ  [MM BB]
///
/// All fields are 16 bits, low byte first, signed. The short form lacks the last two.
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
    /// The time from this sample to the arrival of its notification, if the rate is known.
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

    /// Distinguishes frames from bytes that resemble one; the limits are wide.
    static func isPlausible(_ frame: ArraySlice<UInt8>) -> Bool {
        let hasBattery = frame.count >= length
        return temperatures.contains(frame.signedLittleEndian16(at: 14))
            && (!hasBattery || batteries.contains(frame.signedLittleEndian16(at: 30)))
    }

    /// -40 to 85 °C.
    private static let temperatures: ClosedRange<Int16> = -4_000...8_500
    /// 0 V (models without a cell) to 5 V.
    private static let batteries: ClosedRange<Int16> = 0...500
}

/// Limits configured in the sensor that were exceeded.
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

/// Values in physical units.
extension BT50Vibration {
    package var velocityInMillimetresPerSecond: Vector3 { velocity.scaled(by: 1) }
    package var angleInDegrees: Vector3 { angle.scaled(by: BT50Axes.degrees) }
    package var celsius: Double { Double(temperature) / 100 }
    package var displacementInMicrometres: Vector3 { displacement.scaled(by: 1) }
    package var volts: Double? { battery.map { Double($0) / 100 } }
}

extension BT50Axes {
    static let degrees = 180.0 / 32_768

    func scaled(by scale: Double) -> Vector3 {
        Vector3(x: Double(x) * scale, y: Double(y) * scale, z: Double(z) * scale)
    }
}

/// A frame of "now data" mode: momentary values with a chip timestamp.
///
///     55 61  yy mm dd hh mi ss  MS  AX AY AZ  GX GY GZ  VX VY VZ  RX RY RZ  DX DY DZ
///
/// Upper-case fields are 16 bits, low byte first; all but the milliseconds MS are signed.
package struct BT50Motion: Hashable, Sendable {
    /// Time since the beginning of 2015, where the chip clock starts at power-on. Differences are exact.
    package let chipTime: Nanoseconds
    /// 16 g is 32,768.
    package let acceleration: BT50Axes
    /// 2,000 °/s is 32,768.
    package let rotation: BT50Axes
    /// mm/s, signed.
    package let velocity: BT50Axes
    /// 180° is 32,768.
    package let angle: BT50Axes
    /// µm, signed.
    package let displacement: BT50Axes
    /// The time from this sample to the arrival of its notification.
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

/// Values in physical units.
extension BT50Motion {
    package var accelerationInG: Vector3 { acceleration.scaled(by: 16.0 / 32_768) }
    package var rotationInDegreesPerSecond: Vector3 { rotation.scaled(by: 2_000.0 / 32_768) }
    package var velocityInMillimetresPerSecond: Vector3 { velocity.scaled(by: 1) }
    package var angleInDegrees: Vector3 { angle.scaled(by: BT50Axes.degrees) }
    package var displacementInMicrometres: Vector3 { displacement.scaled(by: 1) }
}

/// The sensor's calendar clock, in the eight bytes after a frame header.
enum BT50ChipClock {
    /// The time since the beginning of 2015; nil for an invalid date.
    static func time(_ frame: ArraySlice<UInt8>) -> Nanoseconds? {
        let year = Int64(frame.byte(at: 2))
        let month = Int64(frame.byte(at: 3))
        let day = Int64(frame.byte(at: 4))
        let hour = Int64(frame.byte(at: 5))
        let minute = Int64(frame.byte(at: 6))
        let second = Int64(frame.byte(at: 7))
        let millisecond = Int64(frame.littleEndian16(at: 8))
        guard year < 100, 1...12 ~= month, 1...daysInMonth(month, year: year) ~= day, hour < 24, minute < 60,
            second < 60, millisecond < 1_000
        else { return nil }
        let days = dayNumber(year: year, month: month, day: day) - dayNumber(year: 15, month: 1, day: 1)
        let seconds = ((days * 24 + hour) * 60 + minute) * 60 + second
        return .milliseconds(seconds * 1_000 + millisecond)
    }

    /// Every fourth year from 2000 to 2099 is a leap year.
    private static func daysInMonth(_ month: Int64, year: Int64) -> Int64 {
        switch month {
        case 2: year % 4 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Years are counted from March, so that the leap day comes last and month lengths follow a linear formula.
    private static func dayNumber(year: Int64, month: Int64, day: Int64) -> Int64 {
        let years = month > 2 ? year : year - 1
        let months = month > 2 ? month - 3 : month + 9
        return years * 365 + (years + 4) / 4 + (153 * months + 2) / 5 + day
    }
}

/// The charge of the sensor's lithium cell, interpolated linearly between the points of the vendor app's table.
package enum BT50Battery {
    private static let points: [(centivolts: Int, percent: Int)] = [
        (340, 0), (350, 5), (368, 10), (370, 15), (373, 20), (377, 30), (379, 40), (382, 50), (387, 60), (393, 75),
        (396, 90), (399, 100),
    ]

    /// - Parameter centivolts: the voltage as sent by the sensor.
    package static func percent(centivolts: Int16) -> Int {
        let voltage = Int(centivolts)
        guard let upper = points.firstIndex(where: { $0.centivolts >= voltage }) else { return 100 }
        guard upper > 0 else { return 0 }
        let (left, right) = (points[upper - 1], points[upper])
        let rise = (right.percent - left.percent) * (voltage - left.centivolts)
        let run = right.centivolts - left.centivolts
        // Rounded to the nearest percent.
        return left.percent + (2 * rise + run) / (2 * run)
    }
}
