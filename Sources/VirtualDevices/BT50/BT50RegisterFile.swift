import Clocks

/// The sensor's registers: what can be set, for how long writes are heard, and what survives a power-off.
struct BT50RegisterFile: Sendable {
    private var values: [UInt16]
    private var saved: [UInt16]
    private var unlockedUntil: Nanoseconds?

    private static let unlockKey: UInt16 = 0xB588
    private static let unlockTime = Nanoseconds.seconds(10)

    init(rateCode: UInt16, nowData: Bool) {
        values = [UInt16](repeating: 0, count: 256)
        values[0x03] = rateCode
        values[0x5D] = 10
        values[0x5F] = 100
        values[0x96] = nowData ? 1 : 0
        (values[0x2E], values[0x2F]) = (0x4207, 0x89D2)
        saved = values
    }

    subscript(register: Int) -> UInt16 {
        get { values[register & 0xFF] }
        set { values[register & 0xFF] = newValue }
    }

    func eight(from first: UInt8) -> [UInt16] {
        (0..<8).map { values[(Int(first) + $0) & 0xFF] }
    }

    mutating func write(_ register: UInt8, _ value: UInt16, at time: Nanoseconds) {
        if register == 0x69 {
            unlockedUntil = value == Self.unlockKey ? time + Self.unlockTime : nil
            return
        }
        guard let unlockedUntil, time <= unlockedUntil else { return }
        if register == 0x00 {
            if value == 0 { saved = values }
        } else {
            values[Int(register)] = value
        }
    }

    /// Power-off and on: what was not saved is gone.
    mutating func restart() {
        values = saved
        unlockedUntil = nil
    }
}
