import CBluetooth
import Devices
import Text

/// The address of a Bluetooth Low Energy device: 48 bits and their type, both taken from its advertisement. The same
/// bits with another type are another device.
package struct BluetoothAddress: Hashable, Sendable {
    /// The raw value is the kernel's address type in L2CAP sockets and in the management protocol.
    package enum Kind: RawRepresentable, Hashable, CaseIterable, Sendable {
        /// Assigned by the manufacturer; never changes.
        case publicAddress
        /// Chosen by the device. With both upper bits set it is static, at least until power-off.
        case random

        package init?(rawValue: UInt8) {
            switch Int32(rawValue) {
            case BDADDR_LE_PUBLIC: self = .publicAddress
            case BDADDR_LE_RANDOM: self = .random
            default: return nil
            }
        }

        package var rawValue: UInt8 {
            switch self {
            case .publicAddress: UInt8(BDADDR_LE_PUBLIC)
            case .random: UInt8(BDADDR_LE_RANDOM)
            }
        }
    }

    /// The first byte of the text form is the most significant.
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

    /// Six bytes, little-endian.
    init(littleEndian bytes: ArraySlice<UInt8>, kind: Kind) {
        self.init(bits: bytes.prefix(Self.byteCount).reversed().reduce(0) { $0 << 8 | UInt64($1) }, kind: kind)
    }

    var littleEndianBytes: [UInt8] {
        (0..<Self.byteCount).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }
}

extension BluetoothAddress: CustomStringConvertible {
    package var description: String {
        littleEndianBytes.reversed().map { Hexadecimal.text(UInt64($0), digits: 2, uppercase: true) }
            .joined(separator: ":")
    }
}

extension BluetoothUUID {
    /// From the wire format: 2, 4 or 16 bytes, little-endian. Nil for any other length.
    package init?(littleEndian bytes: ArraySlice<UInt8>) {
        switch bytes.count {
        case 2: self.init(short: bytes.littleEndian16(at: 0))
        case 4:
            // A 32-bit UUID replaces the upper 32 bits of the Bluetooth base UUID.
            let base = BluetoothUUID(short: 0)
            self.init(high: Self.number(bytes) << 32 | base.high, low: base.low)
        case 16:
            self.init(high: Self.number(bytes.suffix(8)), low: Self.number(bytes.prefix(8)))
        default: return nil
        }
    }

    /// The wire format: 2 bytes for a 16-bit UUID, else 16.
    package var attBytes: [UInt8] {
        if let short, self == BluetoothUUID(short: short) { return Self.bytes(UInt64(short), count: 2) }
        return Self.bytes(low, count: 8) + Self.bytes(high, count: 8)
    }

    /// Whether both identify the same attribute type. Some devices send 16-bit UUIDs in a misspelt base UUID.
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
