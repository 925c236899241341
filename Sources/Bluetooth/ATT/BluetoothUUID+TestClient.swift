import Devices

extension BluetoothUUID {
    /// As it travels: 2, 4 or 16 bytes, low byte first. Nil for any other length.
    package init?(littleEndian bytes: ArraySlice<UInt8>) {
        switch bytes.count {
        case 2: self.init(short: bytes.littleEndian16(at: 0))
        case 4:
            // 32 bits stand for the upper end of the standard's base, as 16 bits do.
            let base = BluetoothUUID(short: 0)
            self.init(high: Self.number(bytes) << 32 | base.high, low: base.low)
        case 16:
            self.init(high: Self.number(bytes.suffix(8)), low: Self.number(bytes.prefix(8)))
        default: return nil
        }
    }

    /// Two bytes for what the standard has named and spelt rightly, else sixteen.
    package var attBytes: [UInt8] {
        if let short, self == BluetoothUUID(short: short) { return Self.bytes(UInt64(short), count: 2) }
        return Self.bytes(low, count: 8) + Self.bytes(high, count: 8)
    }

    /// Whether both mean the same: some devices have misspelt the standard's base.
    package func matches(_ other: BluetoothUUID) -> Bool {
        self == other || (short != nil && short == other.short)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func bytes(_ number: UInt64, count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
    }
}
