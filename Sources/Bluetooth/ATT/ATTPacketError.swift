/// A packet from a device that was not taken, and why.
package struct ATTPacketError: Error, Hashable, Sendable {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, Sendable {
        /// A packet of no bytes.
        case empty
        /// Shorter or longer than such a packet is.
        case length
        /// A handle of zero, a range that ends before it begins, or a list that does not rise.
        case handle
        /// A field holds what it cannot mean.
        case range
        /// An opcode that nobody has defined, or that no client is ever sent.
        case unknown
        /// An answer to nothing, or to another question.
        case unsolicited
        /// More questions than a well-behaved server has at a time.
        case flood
        /// The channel is of no use any more.
        case dead
    }

    package let reason: Reason
    /// The packet's first byte; 0 when it has none.
    package let opcode: UInt8

    package init(_ reason: Reason, opcode: UInt8) {
        self.reason = reason
        self.opcode = opcode
    }
}

extension ATTPacketError: CustomStringConvertible {
    package var description: String { "\(reason.rawValue), opcode 0x\(String(opcode, radix: 16))" }
}
