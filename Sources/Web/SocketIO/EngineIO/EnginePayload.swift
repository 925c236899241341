import Text

/// The packets in the body of a polling request, separated by the record separator; binary data is `b` and base64.
/// Packets are parsed one at a time, so that a long body is processed in shares.
package struct EnginePayloadReader: Sendable {
    private let bytes: [UInt8]
    private var position = 0
    private var packetsLeft: Int
    private(set) var isAtEnd = false

    static let separator: UInt8 = 0x1E

    /// - Parameter maximumPackets: more in one body are rejected.
    package init(_ body: [UInt8], maximumPackets: Int) throws(EngineReject) {
        var text = UTF8Validator()
        guard text.accept(body), text.isComplete else { throw .notUTF8 }
        bytes = body
        packetsLeft = maximumPackets
    }

    var heldBytes: Int { bytes.count }

    /// The next packet; nil after the last one.
    package mutating func next() throws(EngineReject) -> EnginePacket? {
        guard !isAtEnd else { return nil }
        guard packetsLeft > 0 else { throw .tooManyPackets }
        packetsLeft -= 1
        var end = position
        while end < bytes.count, bytes[end] != Self.separator { end += 1 }
        let text = bytes[position..<end]
        isAtEnd = end == bytes.count
        position = end + 1
        guard text.first == UInt8(ascii: "b") else { return try EnginePacket(parsing: text) }
        guard let data = Base64.decode(text.dropFirst()) else { throw .malformedBase64 }
        return .message(EngineMessage(.binary, data[...]))
    }
}

/// Writes the body of a response to a poll.
package enum EnginePayloadWriter {
    package static func append(_ output: EngineOutput, to body: inout [UInt8]) {
        for part in output.parts {
            if !body.isEmpty { body.append(EnginePayloadReader.separator) }
            switch part.kind {
            case .text: body.append(contentsOf: part.bytes)
            case .binary:
                body.append(UInt8(ascii: "b"))
                body.append(contentsOf: Base64.encode(part.bytes).utf8)
            }
        }
    }
}

/// JSONP: a polling transport for pages that load responses as scripts and send forms.
package enum EngineJSONP {
    /// The script that calls the page's function of this number with the payload.
    package static func script(calling index: String, with payload: [UInt8]) -> [UInt8] {
        var script = Array("___eio[\(index)](".utf8)
        script.append(UInt8(ascii: "\""))
        for scalar in String(decoding: payload, as: UTF8.self).unicodeScalars {
            switch scalar {
            case "\"", "\\":
                script.append(UInt8(ascii: "\\"))
                script.append(UInt8(ascii: scalar))
            // Control characters, and those that end a line or a script element in JavaScript or HTML.
            case _ where scalar.value < 0x20 || [0x3C, 0x7F, 0x2028, 0x2029].contains(scalar.value):
                script.append(contentsOf: "\\u\(Hexadecimal.text(UInt64(scalar.value), digits: 4))".utf8)
            default: script.append(contentsOf: String(scalar).utf8)
            }
        }
        script.append(contentsOf: "\");".utf8)
        return script
    }

    /// The number of the page's function: the digits of the parameter `j`.
    static func index(_ parameter: String) -> String {
        String(parameter.unicodeScalars.filter { ("0"..."9").contains($0) }.prefix(9).map(Character.init))
    }

    /// The payload in the field `d` of a form. Because forms change line feeds, clients send them as `\n`, and `\n` as
    /// `\\n`.
    package static func payload(inForm body: [UInt8]) throws(EngineReject) -> [UInt8] {
        guard let field = HTTPQuery(String(decoding: body, as: UTF8.self))["d"] else { throw .malformedForm }
        let text = Array(field.utf8)
        var payload: [UInt8] = []
        payload.reserveCapacity(text.count)
        let (backslash, n) = (UInt8(ascii: "\\"), UInt8(ascii: "n"))
        var index = 0
        while index < text.count {
            if text[index] == backslash, index + 1 < text.count, text[index + 1] == n {
                payload.append(0x0A)
                index += 2
            } else {
                // Of two backslashes before an `n`, the first is only an escape.
                let isEscape =
                    text[index] == backslash && index + 2 < text.count && text[index + 1] == backslash
                    && text[index + 2] == n
                if isEscape { index += 1 }
                payload.append(text[index])
                if isEscape {
                    payload.append(n)
                    index += 1
                }
                index += 1
            }
        }
        return payload
    }
}
