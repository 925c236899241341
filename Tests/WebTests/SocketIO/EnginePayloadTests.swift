import TestSupport
import Testing

@testable import Web

@Suite("Engine.IO payloads") struct EnginePayloadTests {
    private func packets(_ body: [UInt8], maximum: Int = 16) throws(EngineReject) -> [EnginePacket] {
        var reader = try EnginePayloadReader(body, maximumPackets: maximum)
        var packets: [EnginePacket] = []
        while let packet = try reader.next() { packets.append(packet) }
        return packets
    }

    private func reject(_ body: [UInt8], maximum: Int = 16) -> EngineReject? {
        do throws(EngineReject) {
            _ = try packets(body, maximum: maximum)
            return nil
        } catch {
            return error
        }
    }

    private func text(_ text: String) -> EngineMessage { EngineMessage(.text, Array(text.utf8)[...]) }

    @Test("packets of all types, separated by the record separator")
    func types() throws {
        let read = try packets(Array("0{}\u{1E}1\u{1E}2probe\u{1E}3\u{1E}4hällo\u{1E}4\u{1E}5\u{1E}6".utf8))
        #expect(
            read == [
                .open(Array("{}".utf8)[...]), .close, .ping(Array("probe".utf8)[...]), .pong([]),
                .message(text("hällo")), .message(text("")), .upgrade, .noop,
            ])
    }

    @Test("binary data is base64, with or without padding")
    func binary() throws {
        let data = EngineMessage(.binary, [1, 2, 3, 4])
        let read = try packets(Array("bAQIDBA==\u{1E}bAQIDBA\u{1E}b".utf8))
        #expect(read == [.message(data), .message(data), .message(EngineMessage(.binary, []))])
    }

    nonisolated static let invalid: [(String, EngineReject)] = [
        ("", .emptyPacket), ("4a\u{1E}", .emptyPacket), ("\u{1E}4a", .emptyPacket), ("7", .unknownPacketType),
        ("abc", .unknownPacketType), ("bA", .malformedBase64), ("bAQ=", .malformedBase64), ("bAQ=A", .malformedBase64),
        ("bA===", .malformedBase64), ("b AQI", .malformedBase64), ("bAQ_-", .malformedBase64),
    ]

    @Test("invalid payloads have a reason", arguments: invalid)
    func rejects(text: String, reason: EngineReject) {
        #expect(reject(Array(text.utf8)) == reason)
    }

    @Test("a body must be UTF-8, and may hold a limited number of packets")
    func limits() {
        #expect(reject([0x34, 0xC3]) == .notUTF8)
        #expect(reject([0x34, 0xFF, 0x1E, 0x34]) == .notUTF8)
        let packets = Array("4\u{1E}4\u{1E}4".utf8)
        #expect(reject(packets, maximum: 3) == nil)
        #expect(reject(packets, maximum: 2) == .tooManyPackets)
    }

    @Test("what is written reads back")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<200 {
            var body: [UInt8] = []
            var expected: [EnginePacket] = []
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                let message = EngineMessage(.binary, bytes[...])
                expected.append(.message(message))
                EnginePayloadWriter.append(EngineOutput(message), to: &body)
            }
            let read = try packets(body)
            #expect(read == expected)
        }
    }

    @Test("base64 agrees with the encoder for every length")
    func base64() {
        for length in 0..<70 {
            let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ length) }
            let text = Base64.encode(bytes)
            #expect(Base64.decode(Array(text.utf8)[...]) == bytes)
        }
    }
}

@Suite("JSONP") struct EngineJSONPTests {
    @Test("the script is a call with a JavaScript string")
    func script() {
        let payload = Array("4\"\\\n\u{2028}</script>é\u{1E}".utf8)
        let script = String(decoding: EngineJSONP.script(calling: "3", with: payload), as: UTF8.self)
        #expect(script == #"___eio[3]("4\"\\\u000a\u2028\u003c/script>é\u001e");"#)
    }

    @Test(
        "only digits of the parameter are used", arguments: [("0", "0"), ("12", "12"), ("1);alert(2", "12"), ("", "")])
    func index(parameter: String, expected: String) {
        #expect(EngineJSONP.index(parameter) == expected)
    }

    nonisolated static let forms: [(String, String)] = [
        ("d=4hello", "4hello"), ("d=4a%5Cnb", "4a\nb"), ("d=4a%5C%5Cnb", #"4a\nb"#), ("d=4%2B+%26%C3%A9", "4+ &é"),
        ("x=1&d=4a%5C", #"4a\"#), ("d=", ""), ("d=4%5C%5C%5Cn", #"4\\n"#),
    ]

    @Test("the payload of a form, with line feeds as JSONP clients write them", arguments: forms)
    func form(body: String, expected: String) throws {
        let payload = try EngineJSONP.payload(inForm: Array(body.utf8))
        #expect(String(decoding: payload, as: UTF8.self) == expected)
    }

    @Test("a form without the field is rejected")
    func withoutField() {
        #expect(throws: EngineReject.malformedForm) { try EngineJSONP.payload(inForm: Array("e=4".utf8)) }
    }
}
