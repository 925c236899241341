/// Assembles the messages of one client into packets: a text, and the attachments that it announces.
package struct SocketIODecoder: Sendable {
    private struct Partial {
        let packet: SocketIOPacket
        var attachments: [ArraySlice<UInt8>] = []
        var byteCount = 0
    }

    private let limits: SocketIOLimits
    private var partial: Partial?

    package init(_ limits: SocketIOLimits) {
        self.limits = limits
    }

    /// Whether attachments are still missing.
    var isIncomplete: Bool { partial != nil }
    package var heldBytes: Int { partial.map { $0.byteCount + $0.packet.payload.count } ?? 0 }

    /// The packet that the message completes; nil if attachments are missing.
    package mutating func receive(_ message: EngineMessage) throws(SocketIOReject) -> SocketIOInput? {
        switch message.kind {
        case .text:
            guard partial == nil else { throw .missingAttachment }
            let packet = try SocketIOPacket(parsing: message.bytes, limits: limits)
            guard packet.attachmentCount > 0 else { return try SocketIOInput(packet, []) }
            partial = Partial(packet: packet)
            return nil
        case .binary:
            guard var partial = partial.take() else { throw .unexpectedAttachment }
            partial.byteCount += message.bytes.count
            guard partial.byteCount <= limits.attachmentBytes else { throw .attachmentsTooLarge }
            partial.attachments.append(message.bytes)
            guard partial.attachments.count < partial.packet.attachmentCount else {
                return try SocketIOInput(partial.packet, partial.attachments)
            }
            self.partial = partial
            return nil
        }
    }
}
