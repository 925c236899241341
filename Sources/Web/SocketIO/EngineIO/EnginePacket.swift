/// The unit of Engine.IO 4 (https://github.com/socketio/engine.io-protocol). Its first character is its type.
package enum EnginePacket: Hashable, Sendable {
    case open(ArraySlice<UInt8>)
    case close
    case ping(ArraySlice<UInt8>)
    case pong(ArraySlice<UInt8>)
    case message(EngineMessage)
    case upgrade
    case noop

    /// Parses a packet in text form: a type and its data, valid UTF-8.
    package init(parsing text: ArraySlice<UInt8>) throws(EngineReject) {
        guard let type = text.first else { throw .emptyPacket }
        let data = text.dropFirst()
        switch type {
        case UInt8(ascii: "0"): self = .open(data)
        case UInt8(ascii: "1"): self = .close
        case UInt8(ascii: "2"): self = .ping(data)
        case UInt8(ascii: "3"): self = .pong(data)
        case UInt8(ascii: "4"): self = .message(EngineMessage(.text, data))
        case UInt8(ascii: "5"): self = .upgrade
        case UInt8(ascii: "6"): self = .noop
        default: throw .unknownPacketType
        }
    }

    /// Parses a WebSocket message: a binary one is data without a type.
    init(_ message: WebSocketMessage) throws(EngineReject) {
        switch message.kind {
        case .text: try self.init(parsing: message.bytes[...])
        case .binary: self = .message(EngineMessage(.binary, message.bytes[...]))
        }
    }

    /// What the client of an upgrade sends over the new WebSocket, and receives back.
    static let probe = Array("probe".utf8)
}

/// What one side sends to the other in a `message` packet.
package struct EngineMessage: Hashable, Sendable {
    package let kind: WebSocketMessage.Kind
    /// Valid UTF-8 if it is text.
    package let bytes: ArraySlice<UInt8>

    package init(_ kind: WebSocketMessage.Kind, _ bytes: ArraySlice<UInt8>) {
        self.kind = kind
        self.bytes = bytes
    }
}

/// Why a packet or a request of a session was rejected; the session ends. The raw value is the metric label.
package enum EngineReject: String, Error, CaseIterable, Sendable {
    case emptyPacket = "empty_packet"
    case unknownPacketType = "unknown_packet_type"
    /// A ping from the client: since version 4 only servers send them.
    case unexpectedPing = "unexpected_ping"
    /// Anything but the probe and then the decision, over the WebSocket of an upgrade.
    case unexpectedUpgrade = "unexpected_upgrade"
    case malformedBase64 = "malformed_base64"
    case notUTF8 = "not_utf8"
    case payloadTooLarge = "payload_too_large"
    case tooManyPackets = "too_many_packets"
    /// Two GET requests at once.
    case simultaneousPolls = "simultaneous_polls"
    /// A POST request that began before the previous one was answered.
    case simultaneousPosts = "simultaneous_posts"
    /// A form without the field `d`, in which JSONP clients send packets.
    case malformedForm = "malformed_form"
    /// The messages above Engine.IO are invalid.
    case invalidMessage = "invalid_message"
}
