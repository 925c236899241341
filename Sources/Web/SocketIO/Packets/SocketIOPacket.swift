import JSON

/// The unit of Socket.IO 5 (https://github.com/socketio/socket.io-protocol), without its attachments.
struct SocketIOPacket: Hashable, Sendable {
    enum Kind: UInt8, Sendable {
        case connect = 0x30
        case disconnect, event, acknowledgement, connectError, binaryEvent, binaryAcknowledgement

        var isBinary: Bool { self == .binaryEvent || self == .binaryAcknowledgement }
    }

    let kind: Kind
    /// `/` is the main namespace.
    let namespace: String
    let id: UInt64?
    let attachmentCount: Int
    /// JSON; empty if the packet has none. It is not validated yet.
    let payload: ArraySlice<UInt8>

    static let mainNamespace = "/"
    /// What the client must be able to repeat exactly: JavaScript has no larger integers.
    private static let maximumID: UInt64 = 1 << 53

    /// Parses `TYPE[ATTACHMENTS-][NAMESPACE,][ID][JSON]`.
    init(parsing text: ArraySlice<UInt8>, limits: SocketIOLimits) throws(SocketIOReject) {
        guard let first = text.first, let kind = Kind(rawValue: first) else { throw .unknownPacketType }
        var rest = text.dropFirst()
        self.kind = kind
        if kind.isBinary {
            guard let count = Self.takeNumber(&rest), rest.first == UInt8(ascii: "-") else {
                throw .malformedAttachmentCount
            }
            guard count <= limits.attachments else { throw .tooManyAttachments }
            attachmentCount = Int(count)
            rest = rest.dropFirst()
        } else {
            attachmentCount = 0
        }
        if rest.first == UInt8(ascii: "/") {
            let end = rest.firstIndex(of: UInt8(ascii: ",")) ?? rest.endIndex
            let name = rest[..<end]
            // A control character could end the packet in a payload.
            guard name.count <= limits.namespaceBytes, name.allSatisfy({ $0 >= 0x20 }) else {
                throw .invalidNamespace
            }
            namespace = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[min(end + 1, rest.endIndex)...]
        } else {
            namespace = Self.mainNamespace
        }
        if rest.first?.isASCIIDigit == true {
            guard let id = Self.takeNumber(&rest), id <= Self.maximumID else { throw .malformedID }
            self.id = id
        } else {
            id = nil
        }
        payload = rest
    }

    /// Removes the digits at the beginning; nil if there are none or too many.
    private static func takeNumber(_ text: inout ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        var index = text.startIndex
        while index < text.endIndex, text[index].isASCIIDigit {
            guard index - text.startIndex < 18 else { return nil }
            number = number * 10 + UInt64(text[index] - UInt8(ascii: "0"))
            index += 1
        }
        guard index > text.startIndex else { return nil }
        text = text[index...]
        return number
    }

    /// The text of a packet as far as its payload, after the type of the Engine.IO message around it.
    static func prefix(_ kind: Kind, _ namespace: String, id: UInt64? = nil, attachments: Int = 0) -> [UInt8] {
        var text = [UInt8(ascii: "4"), kind.rawValue]
        if kind.isBinary { text.append(contentsOf: "\(attachments)-".utf8) }
        if namespace != mainNamespace { text.append(contentsOf: "\(namespace),".utf8) }
        if let id { text.append(contentsOf: String(id).utf8) }
        return text
    }
}

/// Limits of what one client may send.
package struct SocketIOLimits: Hashable, Sendable {
    package var attachments = 16
    /// Of all attachments of one packet.
    package var attachmentBytes = 4 << 20
    package var namespaceBytes = 128
    /// At the same time, by one client.
    package var namespaces = 16
    /// Events of the server that wait for their acknowledgement, for each client and namespace.
    package var pendingAcknowledgements = 256

    package init() {}

    /// The size of the text is bounded by the largest message; its numbers and nesting are bounded here.
    package static let json = JSONLimits(
        depth: 32, bytes: 1 << 24, stringBytes: 1 << 24, members: 1 << 20, numberBytes: 128)
}

/// Why a packet was rejected; the session ends. The raw value is the metric label.
package enum SocketIOReject: String, Error, CaseIterable, Sendable {
    case unknownPacketType = "unknown_packet_type"
    case malformedAttachmentCount = "malformed_attachment_count"
    case tooManyAttachments = "too_many_attachments"
    case attachmentsTooLarge = "attachments_too_large"
    case malformedPlaceholder = "malformed_placeholder"
    case missingAttachment = "missing_attachment"
    case unexpectedAttachment = "unexpected_attachment"
    /// Too long, or with control characters.
    case invalidNamespace = "invalid_namespace"
    case tooManyNamespaces = "too_many_namespaces"
    case malformedID = "malformed_id"
    case malformedPayload = "malformed_payload"
    case reservedEvent = "reserved_event"
    /// A packet of a namespace to which the client is not connected.
    case notConnected = "not_connected"
    case alreadyConnected = "already_connected"
    /// A packet that only servers send.
    case unexpectedPacket = "unexpected_packet"
}
