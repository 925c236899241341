/// An event for the owner of a connection.
package enum WebSocketEvent: Hashable, Sendable {
    case message(WebSocketMessage)
    /// The connection has ended. Send the output, then close the stream.
    case ended(WebSocketEnd)
}

/// How a connection ended.
package struct WebSocketEnd: Hashable, Sendable {
    package enum Cause: Hashable, Sendable {
        /// The peer began the closing handshake, and we responded.
        case closedByPeer
        /// We began it, and the peer responded.
        case closedByUs
        /// We began it, and the response timed out.
        case closeUnanswered
        /// The peer violated the protocol or timed out.
        case failed(WebSocketError)
        /// The stream ended without a closing handshake.
        case streamClosed
    }

    package let cause: Cause
    /// The code of the close frame: the peer's if there is one, otherwise ours.
    package let code: WebSocketCloseCode
    package let reason: String
}

/// A complete, validated message.
package struct WebSocketMessage: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// The bytes are valid UTF-8.
        case text
        case binary

        package var opcode: WebSocketOpcode { self == .text ? .text : .binary }
    }

    package let kind: Kind
    package let bytes: [UInt8]

    package init(_ kind: Kind, _ bytes: [UInt8]) {
        self.kind = kind
        self.bytes = bytes
    }
}

/// A protocol violation or failure that ends the connection. The raw value is the metric label.
package enum WebSocketError: String, Error, CaseIterable, Sendable {
    case reservedBits = "reserved_bits"
    case reservedOpcode = "reserved_opcode"
    case unmaskedFrame = "unmasked_frame"
    case maskedFrame = "masked_frame"
    case lengthNotMinimal = "length_not_minimal"
    case lengthTooLarge = "length_too_large"
    case fragmentedControlFrame = "fragmented_control_frame"
    case oversizedControlFrame = "oversized_control_frame"
    case continuationOfNothing = "continuation_of_nothing"
    case messageInsideMessage = "message_inside_message"
    case truncatedCloseFrame = "truncated_close_frame"
    case invalidCloseCode = "invalid_close_code"
    case closeReasonNotUTF8 = "close_reason_not_utf8"
    case textNotUTF8 = "text_not_utf8"
    case messageTooBig = "message_too_big"
    case messageTimedOut = "message_timed_out"
    case corruptDeflate = "corrupt_deflate"
    case inflaterUnavailable = "inflater_unavailable"
    case noAnswerToPing = "no_answer_to_ping"

    package var closeCode: WebSocketCloseCode {
        switch self {
        case .textNotUTF8, .closeReasonNotUTF8, .corruptDeflate: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .messageTimedOut: .policyViolation
        case .noAnswerToPing, .inflaterUnavailable: .internalError
        default: .protocolError
        }
    }

    /// The reason in the close frame, for the developer of the client. At most 123 bytes.
    package var text: String {
        switch self {
        case .reservedBits: "a reserved bit is set without a negotiated extension"
        case .reservedOpcode: "the opcode is reserved"
        case .unmaskedFrame: "a client must mask its frames"
        case .maskedFrame: "a server must not mask its frames"
        case .lengthNotMinimal: "the payload length is not minimally encoded"
        case .lengthTooLarge: "the highest bit of the payload length is set"
        case .fragmentedControlFrame: "a control frame must not be fragmented"
        case .oversizedControlFrame: "a control frame carries at most 125 bytes"
        case .continuationOfNothing: "a continuation frame without a message to continue"
        case .messageInsideMessage: "a new message began before the last fragment of the previous one"
        case .truncatedCloseFrame: "a close frame must be empty or carry at least two bytes"
        case .invalidCloseCode: "the close code must not be sent"
        case .closeReasonNotUTF8: "the close reason is not UTF-8"
        case .textNotUTF8: "the text is not UTF-8"
        case .messageTooBig: "the message is larger than this endpoint accepts"
        case .messageTimedOut: "a message or frame did not arrive completely in time"
        case .corruptDeflate: "the compressed message is corrupt"
        case .inflaterUnavailable: "insufficient memory for decompression"
        case .noAnswerToPing: "a ping was not answered in time"
        }
    }
}
