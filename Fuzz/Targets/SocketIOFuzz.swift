import Web

/// The packets of an Engine.IO payload, written again, read the same; the script of a JSONP response is one call.
enum EnginePayloadFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        if let payload = try? EngineJSONP.payload(inForm: Array(input)) { try read(payload) }
        try read(Array(input))
        try checkScript(Array(input))
    }

    private static func read(_ body: [UInt8]) throws {
        guard let packets = try? decode(body) else { return }
        var written: [UInt8] = []
        for packet in packets {
            guard case .message(let message) = packet else { continue }
            EnginePayloadWriter.append(EngineOutput(message), to: &written)
        }
        let messages = packets.filter { if case .message = $0 { true } else { false } }
        if messages.isEmpty { return }
        let again = try decode(written)
        try require(again == messages, "read \(messages), after writing \(again)")
    }

    private static func decode(_ body: [UInt8]) throws -> [EnginePacket] {
        var reader = try EnginePayloadReader(body, maximumPackets: 1_000)
        var packets: [EnginePacket] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    private static func checkScript(_ payload: [UInt8]) throws {
        let script = EngineJSONP.script(calling: "0", with: payload)
        let text = script.dropFirst("___eio[0](\"".utf8.count).dropLast("\");".utf8.count)
        var isEscaped = false
        for byte in text {
            try require(isEscaped || byte != UInt8(ascii: "\""), "the string ends early")
            try require(byte >= 0x20 && byte != UInt8(ascii: "<"), "an unescaped control character or tag")
            isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        }
        try require(!isEscaped, "the closing quote is escaped")
    }
}

/// Messages of one client, separated by zero bytes; one that begins with `b` is binary. Each event that is read, written
/// again, reads the same.
enum SocketIOFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        var limits = SocketIOLimits()
        limits.attachmentBytes = 256
        var decoder = SocketIODecoder(limits)
        for piece in input.split(separator: 0, omittingEmptySubsequences: false) {
            let isBinary = piece.first == UInt8(ascii: "b")
            guard isBinary || String(validating: piece, as: UTF8.self) != nil else { continue }
            let message = EngineMessage(isBinary ? .binary : .text, isBinary ? piece.dropFirst() : piece)
            guard let read = try? decoder.receive(message) else { continue }
            try require(decoder.heldBytes == 0, "memory is held after a whole packet")
            guard case .event(let event, let namespace) = read else { continue }
            try check(event, namespace)
        }
        try require(decoder.heldBytes <= input.count + 256, "more memory is held than was sent")
    }

    private static func check(_ event: SocketIOEvent, _ namespace: String) throws {
        let arguments = event.arguments
        let written = SocketIOEncoder.event(
            event.name, namespace: namespace, id: event.id, attachments: arguments.attachments, .event
        ) { if !arguments.raw.isEmpty { $0.raw(arguments.raw) } }
        var body: [UInt8] = []
        EnginePayloadWriter.append(written, to: &body)
        // A separator in a string ends the packet in a payload; JSON must escape it.
        var reader = try EnginePayloadReader(body, maximumPackets: 100)
        var decoder = SocketIODecoder(SocketIOLimits())
        while let packet = try reader.next() {
            guard case .message(let message) = packet else { throw InvariantViolation("no message: \(packet)") }
            guard case .event(let again, let place)? = try decoder.receive(message) else { continue }
            try require(again.name == event.name && again.id == event.id && place == namespace, "another event")
            try require(again.arguments.raw == arguments.raw, "other arguments")
            try require(again.arguments.attachments == arguments.attachments, "other attachments")
            return
        }
        throw InvariantViolation("the packet is incomplete")
    }
}
