import Devices

/// Where a Bluetooth Low Energy device is reached: 48 bits, and of which kind they are. Both come from the device's own
/// advertisement; the same bits of the other kind are another device.
package struct BluetoothAddress: Hashable, Sendable {
    /// The raw value is what the kernel calls the kind, in its sockets and in its management protocol.
    package enum Kind: UInt8, Hashable, CaseIterable, Sendable {
        /// Given by the maker, for ever.
        case publicAddress = 1
        /// Made up by the device. When the two upper bits are set it stays the same, at least until it is switched off.
        case random = 2
    }

    /// The first byte of the written form on top.
    package let bits: UInt64
    package let kind: Kind

    static let byteCount = 6

    package init(bits: UInt64, kind: Kind) {
        self.bits = bits & 0xFFFF_FFFF_FFFF
        self.kind = kind
    }

    /// `60:09:C3:1F:DC:1A`
    package init?(_ text: String, kind: Kind) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == Self.byteCount else { return nil }
        var bits: UInt64 = 0
        for part in parts {
            guard part.utf8.count == 2, part.allSatisfy(\.isHexDigit), let byte = UInt8(part, radix: 16) else {
                return nil
            }
            bits = bits << 8 | UInt64(byte)
        }
        self.init(bits: bits, kind: kind)
    }

    /// Six bytes as they travel, the last of the written form first.
    init(littleEndian bytes: ArraySlice<UInt8>, kind: Kind) {
        self.init(bits: bytes.prefix(Self.byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }, kind: kind)
    }

    var littleEndianBytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }
}

extension BluetoothAddress: CustomStringConvertible {
    package var description: String {
        littleEndianBytes.reversed().map { byte in
            let digits = String(byte, radix: 16, uppercase: true)
            return digits.utf8.count < 2 ? "0" + digits : digits
        }.joined(separator: ":")
    }
}
