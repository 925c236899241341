import JSON

/// The arguments of an event or of an acknowledgement: validated JSON, and the binary data that it refers to.
package struct SocketIOArguments: JSONTokenSource, Sendable {
    /// The whole array, with the name of the event if there is one.
    package let bytes: ArraySlice<UInt8>
    package let tokens: [JSONToken]
    package let attachments: [ArraySlice<UInt8>]

    fileprivate init(_ bytes: ArraySlice<UInt8>, _ tokens: [JSONToken], _ attachments: [ArraySlice<UInt8>]) {
        self.bytes = bytes
        self.tokens = tokens
        self.attachments = attachments
    }

    package var first: JSONToken? { tokens.first }

    /// The arguments as they were sent, separated by commas, to forward them unchanged.
    package var raw: ArraySlice<UInt8> {
        guard let first = tokens.first, let last = tokens.last else { return [] }
        return bytes[first.range.lowerBound..<last.range.upperBound]
    }

    /// The binary data that stands for this argument; nil if it is another value.
    package func attachment(_ token: JSONToken) -> ArraySlice<UInt8>? {
        guard token.kind == .object, !attachments.isEmpty,
            let members = try? JSONMembers(parsing: raw(token), limits: SocketIOLimits.json),
            let mark = members["_placeholder"], members.boolean(mark) == true,
            let number = members["num"].flatMap(members.integer), let index = Int(exactly: number),
            attachments.indices.contains(index)
        else { return nil }
        return attachments[index]
    }
}

/// An event of a client.
package struct SocketIOEvent: Sendable {
    package let name: String
    /// Set if the client waits for an acknowledgement.
    package let id: UInt64?
    package let arguments: SocketIOArguments
}

/// A whole packet of a client.
package enum SocketIOInput: Sendable {
    /// - Parameter auth: a JSON object; empty if there is none.
    case connect(namespace: String, auth: ArraySlice<UInt8>)
    case disconnect(namespace: String)
    case event(SocketIOEvent, namespace: String)
    case acknowledgement(id: UInt64, SocketIOArguments, namespace: String)
    /// An event whose JSON the gateway cannot use, such as one with NaN. The session continues.
    case unusableEvent(JSONError, namespace: String)
}

extension SocketIOInput {
    /// - Parameter attachments: all that the packet announced.
    init(_ packet: SocketIOPacket, _ attachments: [ArraySlice<UInt8>]) throws(SocketIOReject) {
        let namespace = packet.namespace
        switch packet.kind {
        case .connect:
            try Self.checkObject(packet.payload)
            self = .connect(namespace: namespace, auth: packet.payload)
        case .disconnect:
            guard packet.payload.isEmpty else { throw .malformedPayload }
            self = .disconnect(namespace: namespace)
        case .connectError: throw .unexpectedPacket
        case .acknowledgement, .binaryAcknowledgement:
            guard let id = packet.id else { throw .malformedID }
            guard let tokens = try Self.elements(of: packet.payload) else { throw .malformedPayload }
            if !attachments.isEmpty { try Self.checkPlaceholders(in: packet.payload, attachments.count) }
            let arguments = SocketIOArguments(packet.payload, tokens, attachments)
            self = .acknowledgement(id: id, arguments, namespace: namespace)
        case .event, .binaryEvent:
            let tokens: [JSONToken]?
            do throws(JSONError) {
                tokens = try Self.scan(packet.payload)
            } catch {
                guard error.reason.isLimit else { throw .malformedPayload }
                self = .unusableEvent(error, namespace: namespace)
                return
            }
            guard let tokens, let first = tokens.first else { throw .malformedPayload }
            if !attachments.isEmpty { try Self.checkPlaceholders(in: packet.payload, attachments.count) }
            let arguments = SocketIOArguments(packet.payload, Array(tokens.dropFirst()), attachments)
            let name = try Self.name(first, arguments)
            self = .event(SocketIOEvent(name: name, id: packet.id, arguments: arguments), namespace: namespace)
        }
    }

    private static func name(_ token: JSONToken, _ source: SocketIOArguments) throws(SocketIOReject) -> String {
        if token.isNumber { return String(decoding: source.raw(token), as: UTF8.self) }
        guard let name = source.string(token) else { throw .malformedPayload }
        guard !reservedNames.contains(name) else { throw .reservedEvent }
        return name
    }

    /// Events that libraries create themselves.
    private static let reservedNames: Set<String> = [
        "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
    ]

    private static func checkObject(_ payload: ArraySlice<UInt8>) throws(SocketIOReject) {
        guard !payload.isEmpty else { return }
        do throws(JSONError) {
            var scanner = try JSONObjectScanner(payload, limits: SocketIOLimits.json)
            while try scanner.next() != nil {}
        } catch {
            throw .malformedPayload
        }
    }

    private static func elements(of payload: ArraySlice<UInt8>) throws(SocketIOReject) -> [JSONToken]? {
        do throws(JSONError) { return try scan(payload) } catch { throw .malformedPayload }
    }

    /// The elements of an array; nil if the payload is not an array.
    private static func scan(_ payload: ArraySlice<UInt8>) throws(JSONError) -> [JSONToken]? {
        guard var scanner = try JSONArrayScanner(payload, limits: SocketIOLimits.json) else { return nil }
        var tokens: [JSONToken] = []
        while let token = try scanner.next() { tokens.append(token) }
        return tokens
    }

    /// Each `{"_placeholder":true,"num":N}` must refer to one of the attachments.
    private static func checkPlaceholders(in payload: ArraySlice<UInt8>, _ count: Int) throws(SocketIOReject) {
        guard let value = try? JSONValue(parsing: payload, limits: SocketIOLimits.json), check(value, count) else {
            throw .malformedPlaceholder
        }
    }

    private static func check(_ value: JSONValue, _ count: Int) -> Bool {
        switch value {
        case .array(let elements): return elements.allSatisfy { check($0, count) }
        case .object(let object):
            if object["_placeholder"]?.booleanValue == true {
                return object["num"]?.integerValue.map { 0 <= $0 && $0 < count } ?? false
            }
            return object.members.allSatisfy { check($0.value, count) }
        default: return true
        }
    }
}

extension JSONError.Reason {
    /// Whether JavaScript or Python can write such a document, although this gateway does not use it.
    fileprivate var isLimit: Bool {
        switch self {
        case .notANumber, .numberOutOfRange, .loneSurrogate, .tooDeep, .tooManyBytes, .stringTooLong, .tooManyMembers,
            .numberTooLong:
            true
        default: false
        }
    }
}
