/// What the other side did that ends the connection. The raw value is the metric label.
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
    case corruptDeflate = "corrupt_deflate"
    case inflaterUnavailable = "inflater_unavailable"
    case noAnswerToPing = "no_answer_to_ping"

    package var closeCode: WebSocketCloseCode {
        switch self {
        case .textNotUTF8, .closeReasonNotUTF8, .corruptDeflate: .invalidPayload
        case .messageTooBig: .messageTooBig
        case .noAnswerToPing, .inflaterUnavailable: .internalError
        default: .protocolError
        }
    }

    /// The reason in the close frame, for the person who wrote the other side. At most 123 bytes.
    package var text: String {
        switch self {
        case .reservedBits: "a reserved bit was set that nothing negotiated gives a meaning"
        case .reservedOpcode: "the opcode is reserved"
        case .unmaskedFrame: "a client must mask its frames"
        case .maskedFrame: "a server must not mask its frames"
        case .lengthNotMinimal: "the payload length was not written in the shortest form"
        case .lengthTooLarge: "the payload length has its highest bit set"
        case .fragmentedControlFrame: "a control frame must not be fragmented"
        case .oversizedControlFrame: "a control frame carries 125 bytes at most"
        case .continuationOfNothing: "a continuation frame came without a message to continue"
        case .messageInsideMessage: "a new message began before the last fragment of the one before"
        case .truncatedCloseFrame: "a close frame carries no bytes or at least two"
        case .invalidCloseCode: "the close code must not be sent"
        case .closeReasonNotUTF8: "the close reason is not UTF-8"
        case .textNotUTF8: "the text is not UTF-8"
        case .messageTooBig: "the message is larger than this endpoint accepts"
        case .corruptDeflate: "the compressed message is corrupt"
        case .inflaterUnavailable: "no memory to decompress with"
        case .noAnswerToPing: "a ping was not answered in time"
        }
    }
}
