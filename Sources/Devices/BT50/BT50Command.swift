import Clocks

/// Five bytes that tell the sensor something. It answers a read with a register frame and a write with nothing.
package enum BT50Command: Hashable, Sendable {
    /// Asks for this register and the seven behind it.
    case read(BT50Register)
    /// Writes are heard for ten seconds after this.
    case unlock
    case write(BT50Register, UInt16)
    /// Keeps what was written over a power-off.
    case save

    package var bytes: [UInt8] {
        switch self {
        case .read(let register): [0xFF, 0xAA, 0x27, register.rawValue, 0x00]
        case .unlock: Self.write(.unlock, 0xB588).bytes
        case .write(let register, let value):
            [0xFF, 0xAA, register.rawValue, UInt8(truncatingIfNeeded: value), UInt8(truncatingIfNeeded: value >> 8)]
        case .save: Self.write(.save, 0).bytes
        }
    }
}

/// Something that can be set in the sensor. It takes several commands with `spacing` between them, and stays set when the
/// sensor is switched off.
package enum BT50Setting: Hashable, Sendable {
    case rate(BT50Rate)
    /// Momentary values by the chip's clock instead of amplitudes.
    case nowData(Bool)
    /// In hundredths of a hertz, up to 200 Hz.
    case cutOffFrequency(Int)
    /// In hertz; the manual names 100.
    case detectionCycle(Int)

    package static let spacing = Nanoseconds.milliseconds(100)

    package func commands() throws(DeviceCommandError) -> [BT50Command] {
        [.unlock] + (try writes()) + [.save]
    }

    private func writes() throws(DeviceCommandError) -> [BT50Command] {
        switch self {
        case .rate(let rate): return [.write(.returnRate, UInt16(rate.rawValue))]
        case .nowData(let isOn): return [.write(.mode, isOn ? 1 : 0)]
        case .cutOffFrequency(let value):
            let hundredths = try DeviceCommandError.check(value, as: "cut-off frequency", in: 0...20_000)
            return [
                .write(.cutOffFrequency, UInt16(hundredths / 100)), .write(.cutOffFraction, UInt16(hundredths % 100)),
            ]
        case .detectionCycle(let value):
            return [
                .write(.detectionCycle, UInt16(try DeviceCommandError.check(value, as: "detection cycle", in: 1...100)))
            ]
        }
    }
}
