import Text

/// The UUID of a Bluetooth service or characteristic: 128 bits, or 16 for those of the specification.
package struct BluetoothUUID: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// A UUID of the specification: `0000xxxx-0000-1000-8000-00805f9b34fb`.
    package init(short: UInt16) {
        self.init(high: UInt64(short) << 32 | 0x1000, low: Self.standardLow)
    }

    /// Parses `180d`, or 32 digits with dashes anywhere.
    package init?(_ text: String) {
        var digits = 0
        var (high, low) = (UInt64(0), UInt64(0))
        for character in text where character != "-" {
            guard let digit = character.hexDigitValue, digits < 32 else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
            digits += 1
        }
        switch digits {
        case 4: self.init(short: UInt16(truncatingIfNeeded: low))
        case 32: self.init(high: high, low: low)
        default: return nil
        }
    }

    /// The short form, if there is one. One vendor misspells the base of the specification (`9a34fb`) and means the
    /// same.
    package var short: UInt16? {
        guard high & 0xFFFF_0000_FFFF_FFFF == 0x1000, low == Self.standardLow || low == Self.misspeltLow else {
            return nil
        }
        return UInt16(truncatingIfNeeded: high >> 32)
    }

    private static let standardLow: UInt64 = 0x8000_0080_5F9B_34FB
    private static let misspeltLow: UInt64 = 0x8000_0080_5F9A_34FB
}

extension BluetoothUUID: CustomStringConvertible {
    package var description: String {
        let digits = [high, low].map { Hexadecimal.text($0, digits: 16) }.joined()
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text += "-" }
            text.append(digit)
        }
        return text
    }
}

extension BluetoothUUID {
    /// A service of many devices that exchange bytes.
    package static let nordicUART = BluetoothUUID(high: 0x6E40_0001_B5A3_F393, low: 0xE0A9_E50E_24DC_CA9E)
}
