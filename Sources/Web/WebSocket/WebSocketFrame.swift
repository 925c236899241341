/// Writes frames into a send buffer.
package enum WebSocketFrame {
    /// The most bytes that a server puts before a payload.
    package static let maximumHeaderBytes = 10

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
        let first = (isFinal ? 0x80 : 0) | (isCompressed ? 0x40 : 0) | UInt64(opcode.rawValue)
        let masked: UInt64 = isMasked ? 0x80 : 0
        let length = UInt64(payloadBytes)
        switch payloadBytes {
        case ...125: append(first << 8 | masked | length, bytes: 2, to: &output)
        case ...0xFFFF: append(first << 24 | (masked | 126) << 16 | length, bytes: 4, to: &output)
        default:
            append(first << 8 | masked | 127, bytes: 2, to: &output)
            append(length, bytes: 8, to: &output)
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
    ) throws(WebSocketError) -> (code: WebSocketCloseCode, reason: String) {
        if payload.isEmpty { return (.noneGiven, "") }
        guard payload.count >= 2 else { throw .truncatedCloseFrame }
        let code = WebSocketCloseCode(UInt16(payload[0]) << 8 | UInt16(payload[1]))
        guard code.mayBeSent else { throw .invalidCloseCode }
        var text = UTF8Validator()
        guard text.accept(payload, from: 2), text.isComplete else { throw .closeReasonNotUTF8 }
        return (code, String(decoding: payload[2...], as: UTF8.self))
    }

    /// The number's lowest bytes, the highest of them first.
    private static func append(_ number: UInt64, bytes: Int, to output: inout [UInt8]) {
        withUnsafeBytes(of: number.bigEndian) {
            output.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0.suffix(bytes)))
        }
    }
}
