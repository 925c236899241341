/// Checks UTF-8 that arrives in pieces, and says no at the first byte that can't belong to any text.
package struct UTF8Validator: Sendable {
    /// How many continuation bytes the character at hand still needs.
    private var needed: UInt8 = 0
    /// What the next continuation byte may be: the first one after certain leads is bound more tightly, which keeps out
    /// overlong forms, surrogates and what lies above U+10FFFF.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xBF

    package init() {}

    /// Whether no character is left unfinished.
    package var isComplete: Bool { needed == 0 }

    /// Takes `bytes` from `start` on; false as soon as they are not UTF-8.
    package mutating func accept(_ bytes: [UInt8], from start: Int = 0) -> Bool {
        // Raw memory lets runs of ASCII pass eight bytes at a step.
        bytes.withUnsafeBytes { accept($0, from: start) }
    }

    private mutating func accept(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Bool {
        var index = start
        while index < bytes.count {
            if needed == 0 {
                while index + 8 <= bytes.count,
                    bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
                {
                    index += 8
                }
                guard index < bytes.count else { return true }
                guard begin(bytes[index]) else { return false }
            } else {
                guard bytes[index] >= lowest, bytes[index] <= highest else { return false }
                (needed, lowest, highest) = (needed - 1, 0x80, 0xBF)
            }
            index += 1
        }
        return true
    }

    /// Takes the first byte of a character.
    private mutating func begin(_ lead: UInt8) -> Bool {
        switch lead {
        case 0x00...0x7F: return true
        case 0xC2...0xDF: needed = 1
        case 0xE0: (needed, lowest) = (2, 0xA0)
        case 0xED: (needed, highest) = (2, 0x9F)
        case 0xE1...0xEF: needed = 2
        case 0xF0: (needed, lowest) = (3, 0x90)
        case 0xF1...0xF3: needed = 3
        case 0xF4: (needed, highest) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
