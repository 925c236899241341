import Clocks

/// The answer to a read: eight consecutive registers.
///
///     55 71  rr 00  WW WW WW WW WW WW WW WW
package struct BT50Registers: Hashable, Sendable {
    package let first: UInt8
    package let values: SIMD8<Int16>

    static let length = 20

    init(frame: ArraySlice<UInt8>) {
        first = frame.byte(at: 2)
        var values = SIMD8<Int16>()
        for index in 0..<8 { values[index] = frame.signedLittleEndian16(at: 4 + 2 * index) }
        self.values = values
    }

    /// There are fewer than 256 registers.
    static func isPlausible(_ frame: ArraySlice<UInt8>) -> Bool {
        frame.byte(at: 3) == 0
    }

    /// Nil if the register is not among the eight.
    package subscript(register: BT50Register) -> Int16? {
        let index = Int(register.rawValue) - Int(first)
        return 0..<8 ~= index ? values[index] : nil
    }

    package var rate: BT50Rate? {
        self[.returnRate].flatMap { UInt8(exactly: $0) }.flatMap(BT50Rate.init(rawValue:))
    }

    /// 0.01 V.
    package var battery: Int16? { self[.battery] }

    /// Such as `10057.2.7`.
    package var firmware: String? {
        guard let low = self[.firmwareLow], let high = self[.firmwareHigh] else { return nil }
        let bits = UInt32(UInt16(bitPattern: high)) << 16 | UInt32(UInt16(bitPattern: low))
        guard bits >> 31 == 1 else { return "\(bits)" }
        return "\((bits >> 14) & 0x1_FFFF).\((bits >> 8) & 0x3F).\(bits & 0xFF)"
    }
}

/// Known, safe registers. Register 0x65 starts a firmware update and is left out deliberately, so that it can neither
/// be read nor written.
package enum BT50Register: UInt8, CaseIterable, Sendable {
    case save = 0x00
    case returnRate = 0x03
    case firmwareLow = 0x2E
    case firmwareHigh = 0x2F
    /// Followed by angle, temperature and the first displacement.
    case velocityX = 0x3A
    case temperature = 0x40
    /// Followed by the third displacement, the frequencies and the fast displacements.
    case displacementY = 0x42
    case cutOffFrequency = 0x5D
    case cutOffFraction = 0x5E
    /// Apparently how often the sensor computes amplitudes.
    case detectionCycle = 0x5F
    case battery = 0x64
    case unlock = 0x69
    case mode = 0x96
}

/// The sample rate. The raw value is the register value.
package enum BT50Rate: UInt8, CaseIterable, Sendable {
    case oneInFiveSeconds = 0x01
    case oneInTwoSeconds = 0x02
    case hertz1 = 0x03
    case hertz2 = 0x04
    case hertz5 = 0x05
    case hertz10 = 0x06
    case hertz20 = 0x07
    case hertz50 = 0x08
    case hertz100 = 0x09
    case hertz200 = 0x0B

    package var interval: Nanoseconds {
        switch self {
        case .oneInFiveSeconds: .seconds(5)
        case .oneInTwoSeconds: .seconds(2)
        case .hertz1: .seconds(1)
        case .hertz2: .milliseconds(500)
        case .hertz5: .milliseconds(200)
        case .hertz10: .milliseconds(100)
        case .hertz20: .milliseconds(50)
        case .hertz50: .milliseconds(20)
        case .hertz100: .milliseconds(10)
        case .hertz200: .milliseconds(5)
        }
    }

    package var hertz: Double { 1 / interval.inSeconds }
}
