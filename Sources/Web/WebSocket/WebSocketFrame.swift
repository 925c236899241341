/// Writes frames into a send buffer.
package enum WebSocketFrame {
    /// The most bytes that a server puts before a payload.
    package static let maximalHeaderBytes = 10

    /// Appends one whole message, or a control frame, as a server sends it. The same bytes suit every client: a
    /// broadcast is framed once and shared.
    package static func append(
        _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isCompressed: Bool = false,
        to output: inout [UInt8]
    ) {
        appendHeader(opcode, payloadBytes: payload.count, isCompressed: isCompressed, to: &output)
        output.append(contentsOf: payload)
    }

    /// Appends a frame as a client sends it, masked with the key.
    package static func append(
        _ opcode: WebSocketOpcode, _ payload: some Collection<UInt8>, isFinal: Bool = true, isCompressed: Bool = false,
        mask: WebSocketMask, to output: inout [UInt8]
    ) {
        appendHeader(
            opcode, payloadBytes: payload.count, isFinal: isFinal, isCompressed: isCompressed, isMasked: true,
            to: &output)
        output.append(contentsOf: mask.bytes)
        let start = output.count
        output.append(contentsOf: payload)
        mask.apply(to: &output, from: start)
    }

    /// Appends a server frame's header alone; the caller appends exactly `payloadBytes` bytes after it.
    package static func appendHeader(
        _ opcode: WebSocketOpcode, payloadBytes: Int, isFinal: Bool = true, isCompressed: Bool = false,
        isMasked: Bool = false, to output: inout [UInt8]
    ) {
        output.append((isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | opcode.rawValue)
        let masked: UInt8 = isMasked ? 0x80 : 0
        switch payloadBytes {
        case ...125:
            output.append(masked | UInt8(payloadBytes))
        case ...0xFFFF:
            output.append(masked | 126)
            appendBigEndian(payloadBytes, bytes: 2, to: &output)
        default:
            output.append(masked | 127)
            appendBigEndian(payloadBytes, bytes: 8, to: &output)
        }
    }

    /// A close frame's payload: the code and as much of the reason as fits. Nothing at all for `noneGiven`.
    static func closePayload(_ code: WebSocketCloseCode, _ reason: String) -> [UInt8] {
        guard code != .noneGiven else { return [] }
        var payload = [UInt8(code.rawValue >> 8), UInt8(truncatingIfNeeded: code.rawValue)]
        for character in reason.unicodeScalars {
            guard payload.count + UTF8.width(character) <= 125 else { break }
            payload.append(contentsOf: String(character).utf8)
        }
        return payload
    }

    /// What a close frame says.
    static func readClosePayload(
        _ payload: [UInt8]
    ) throws(WebSocketFault) -> (code: WebSocketCloseCode, reason: String) {
        if payload.isEmpty { return (.noneGiven, "") }
        guard payload.count >= 2 else { throw .truncatedCloseFrame }
        let code = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .invalidCloseCode }
        var text = UTF8Validator()
        guard text.accept(payload, from: 2), text.isComplete else { throw .closeReasonNotUTF8 }
        return (code, String(decoding: payload[2...], as: UTF8.self))
    }

    private static func appendBigEndian(_ number: Int, bytes: Int, to output: inout [UInt8]) {
        for position in stride(from: bytes - 1, through: 0, by: -1) {
            output.append(UInt8(truncatingIfNeeded: number >> (position * 8)))
        }
    }
}
