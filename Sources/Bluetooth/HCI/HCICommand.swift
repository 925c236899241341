/// What a controller is told directly, past the kernel's management: a passive scan, which asks nobody anything and is
/// therefore the only scan that may be left on beside everything else. Management only offers active ones.
///
/// An active scan is not among these. When one is switched off by hand, newer kernels do not connect to anything until the
/// adapter has been off and on again.
package enum HCICommand: Hashable, Sendable {
    case readSupportedCommands
    /// Of controllers up to Bluetooth 4.2, in units of 0.625 ms.
    case setScanParameters(interval: UInt16, window: UInt16)
    case setScanEnabled(Bool)
    /// Of controllers since Bluetooth 5; once the kernel has used these, the older ones are refused.
    case setExtendedScanParameters(interval: UInt16, window: UInt16)
    case setExtendedScanEnabled(Bool)

    package var opcode: UInt16 {
        switch self {
        case .readSupportedCommands: 0x1002
        case .setScanParameters: 0x200B
        case .setScanEnabled: 0x200C
        case .setExtendedScanParameters: 0x2041
        case .setExtendedScanEnabled: 0x2042
        }
    }

    /// As it is written to a raw socket. Own address public, everybody is listened to, and nothing is filtered out.
    package var bytes: [UInt8] {
        var writer = LittleEndianWriter()
        switch self {
        case .readSupportedCommands: break
        case .setScanParameters(let interval, let window):
            writer.byte(0)
            writer.word(interval)
            writer.word(window)
            writer.bytes += [0, 0]
        case .setScanEnabled(let isOn): writer.bytes += [isOn ? 1 : 0, 0]
        case .setExtendedScanParameters(let interval, let window):
            // Own address, filter, the one radio mode that every device advertises in, and passive in that.
            writer.bytes += [0, 0, 1, 0]
            writer.word(interval)
            writer.word(window)
        case .setExtendedScanEnabled(let isOn): writer.bytes += [isOn ? 1 : 0, 0, 0, 0, 0, 0]
        }
        return [0x01, UInt8(truncatingIfNeeded: opcode), UInt8(opcode >> 8), UInt8(writer.bytes.count)] + writer.bytes
    }

    /// Whether the answer to `readSupportedCommands` names both commands of the extended scan.
    package static func supportsExtendedScan(_ answer: ArraySlice<UInt8>) -> Bool {
        answer.count >= 64 && answer.byte(at: 37) & 0x60 == 0x60
    }
}
