import JSON
import Testing

@testable import Web

@Suite("Socket.IO packets") struct SocketIOPacketTests {
    private func packet(_ text: String, _ limits: SocketIOLimits = SocketIOLimits()) throws -> SocketIOPacket {
        try SocketIOPacket(parsing: Array(text.utf8)[...], limits: limits)
    }

    private func describe(_ packet: SocketIOPacket) -> String {
        let id = packet.id.map { "#\($0)" } ?? ""
        let payload = String(decoding: packet.payload, as: UTF8.self)
        return "\(packet.kind) \(packet.attachmentCount) \(packet.namespace) \(id) \(payload)"
    }

    nonisolated static let valid: [(String, String)] = [
        ("0", "connect 0 /  "), (#"0{"a":1}"#, #"connect 0 /  {"a":1}"#), ("0/x", "connect 0 /x  "),
        ("0/x,", "connect 0 /x  "), ("1/x,", "disconnect 0 /x  "), (#"2["a"]"#, #"event 0 /  ["a"]"#),
        (#"212["a"]"#, #"event 0 / #12 ["a"]"#), (#"2/x,13["a"]"#, #"event 0 /x #13 ["a"]"#),
        ("30[]", "acknowledgement 0 / #0 []"), (#"52-/x,7["a"]"#, #"binaryEvent 2 /x #7 ["a"]"#),
        ("61-15[]", "binaryAcknowledgement 1 / #15 []"), ("50-[]", "binaryEvent 0 /  []"),
    ]

    @Test("the parts of a packet", arguments: valid)
    func parts(text: String, expected: String) throws {
        let parsed = try packet(text)
        #expect(describe(parsed) == expected)
    }

    nonisolated static let invalid: [(String, SocketIOReject)] = [
        ("", .unknownPacketType), ("7", .unknownPacketType), ("abc", .unknownPacketType),
        ("5[]", .malformedAttachmentCount), ("5-[]", .malformedAttachmentCount), ("51[]", .malformedAttachmentCount),
        ("517-[]", .tooManyAttachments), ("59999999999999999999-[]", .malformedAttachmentCount),
        ("29007199254740993[]", .malformedID), ("29999999999999999999[]", .malformedID),
        ("0/" + String(repeating: "n", count: 128), .invalidNamespace), ("0/a\u{1E}b,", .invalidNamespace),
    ]

    @Test("an invalid packet has a reason", arguments: invalid)
    func rejects(text: String, reason: SocketIOReject) {
        #expect(throws: reason) { try packet(text) }
    }
}

@Suite("Socket.IO decoder") struct SocketIODecoderTests {
    private func text(_ text: String) -> EngineMessage { EngineMessage(.text, Array(text.utf8)[...]) }

    private func input(_ text: String) throws(SocketIOReject) -> SocketIOInput? {
        var decoder = SocketIODecoder(SocketIOLimits())
        return try decoder.receive(self.text(text))
    }

    private func event(_ text: String) throws -> SocketIOEvent {
        guard case .event(let event, _)? = try input(text) else { throw NoEvent() }
        return event
    }

    private struct NoEvent: Error {}

    @Test("an event: its name, its id and its arguments as they were sent")
    func event() throws {
        let event = try event(#"2/x,12["a\u0062c" , 1.50, {"b" : [2]}]"#)
        #expect(event.name == "abc" && event.id == 12)
        #expect(String(decoding: event.arguments.raw, as: UTF8.self) == #"1.50, {"b" : [2]}"#)
        #expect(event.arguments.tokens.map(\.kind) == [.fraction, .object])
        let numbered = try self.event("2[7]")
        #expect(numbered.name == "7" && numbered.arguments.raw.isEmpty)
    }

    nonisolated static let invalid: [(String, SocketIOReject)] = [
        ("2", .malformedPayload), ("2{}", .malformedPayload), ("2[]", .malformedPayload), ("2[{}]", .malformedPayload),
        ("2[null]", .malformedPayload), (#"2["a""#, .malformedPayload), (#"2abc["a"]"#, .malformedPayload),
        (#"2["disconnect"]"#, .reservedEvent), (#"2["connec\u0074"]"#, .reservedEvent), ("1{}", .malformedPayload),
        ("0[]", .malformedPayload), ("0{", .malformedPayload), ("3[]", .malformedID), ("31{}", .malformedPayload),
        ("31", .malformedPayload), (#"4{"message":"x"}"#, .unexpectedPacket),
    ]

    @Test("invalid payloads have a reason", arguments: invalid)
    func rejects(text: String, reason: SocketIOReject) {
        #expect(throws: reason) { try input(text) }
    }

    nonisolated static let unusable: [(String, JSONError.Reason)] = [
        ("NaN", .notANumber), ("1e999", .numberOutOfRange), (#""\ud800""#, .loneSurrogate),
        (String(repeating: "[", count: 40) + String(repeating: "]", count: 40), .tooDeep),
    ]

    @Test("values that JavaScript or Python write, but that are of no use, do not end the session", arguments: unusable)
    func reports(value: String, reason: JSONError.Reason) throws {
        guard case .unusableEvent(let error, "/")? = try input(#"2["a",\#(value)]"#) else { throw NoEvent() }
        #expect(error.reason == reason)
    }

    @Test("a packet is complete with its last attachment")
    func attachments() throws {
        var decoder = SocketIODecoder(SocketIOLimits())
        let first = try decoder.receive(
            text(#"52-["a",{"_placeholder":true,"num":1},{"b":{"_placeholder":true,"num":0}}]"#))
        #expect(first == nil && decoder.isIncomplete)
        let second = try decoder.receive(EngineMessage(.binary, [1, 2]))
        #expect(second == nil && decoder.heldBytes > 2)
        guard case .event(let event, "/")? = try decoder.receive(EngineMessage(.binary, [3])) else { throw NoEvent() }
        #expect(!decoder.isIncomplete && decoder.heldBytes == 0)
        #expect(event.arguments.attachments == [[1, 2], [3]])
        #expect(event.arguments.tokens.first.flatMap(event.arguments.attachment) == [3])
        #expect(event.arguments.tokens.last.flatMap(event.arguments.attachment) == nil)
    }

    @Test("text before the last attachment, and binary data without a packet, are invalid")
    func order() throws {
        var decoder = SocketIODecoder(SocketIOLimits())
        #expect(throws: SocketIOReject.unexpectedAttachment) { try decoder.receive(EngineMessage(.binary, [1])) }
        _ = try decoder.receive(text(#"51-["a",{"_placeholder":true,"num":0}]"#))
        #expect(throws: SocketIOReject.missingAttachment) { try decoder.receive(text(#"2["a"]"#)) }
    }

    @Test("placeholders refer to an attachment", arguments: ["1", "-1", "0.5", #""0""#, "null"])
    func placeholders(number: String) throws {
        var decoder = SocketIODecoder(SocketIOLimits())
        _ = try decoder.receive(text(#"51-["a",[{"_placeholder":true,"num":\#(number)}]]"#))
        #expect(throws: SocketIOReject.malformedPlaceholder) { try decoder.receive(EngineMessage(.binary, [1])) }
    }

    @Test("all attachments of a packet together are limited")
    func attachmentLimit() throws {
        var limits = SocketIOLimits()
        limits.attachmentBytes = 3
        var decoder = SocketIODecoder(limits)
        _ = try decoder.receive(text(#"52-["a"]"#))
        _ = try decoder.receive(EngineMessage(.binary, [1, 2]))
        #expect(throws: SocketIOReject.attachmentsTooLarge) { try decoder.receive(EngineMessage(.binary, [3, 4])) }
    }

    @Test("what the server writes, a client reads: prefix, namespace, id and attachments")
    func encoder() {
        func text(_ output: EngineOutput) -> String {
            output.parts.map { $0.kind == .text ? String(decoding: $0.bytes, as: UTF8.self) : "\($0.bytes)" }
                .joined(separator: " ")
        }
        #expect(text(SocketIOEncoder.event("a", .event) { $0.integer(1) }) == #"42["a",1]"#)
        #expect(text(SocketIOEncoder.event("a", namespace: "/x", id: 3, .event) { _ in }) == #"42/x,3["a"]"#)
        let attached = SocketIOEncoder.event("a", attachments: [[1, 2][...]], .event) { writer in
            writer.raw(Array(#"{"_placeholder":true,"num":0}"#.utf8)[...])
        }
        #expect(text(attached) == #"451-["a",{"_placeholder":true,"num":0}] [1, 2]"#)
        #expect(
            text(SocketIOEncoder.acknowledgement(5, namespace: "/", attachments: [], style: .compact) { _ in })
                == "435[]")
        #expect(text(SocketIOEncoder.connected("/x", sid: "s")) == #"40/x,{"sid":"s"}"#)
        #expect(text(SocketIOEncoder.connectError("/", "No")) == #"44{"message":"No"}"#)
        #expect(text(SocketIOEncoder.disconnect("/")) == "41")
    }
}
