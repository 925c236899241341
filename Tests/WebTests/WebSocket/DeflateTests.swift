import TestSupport
import Testing

@testable import Web

@Suite("Compressed messages") struct DeflateTests {
    private func compressed(_ bytes: [UInt8]) throws -> [UInt8] {
        let deflater = try #require(Deflater(threshold: 0))
        return try #require(deflater.withCompressed(bytes[...]) { Array($0) })
    }

    private func server(_ limit: Int = 1_048_576) -> WebSocketHarness {
        WebSocketHarness(messageBytes: limit, deflate: .plain)
    }

    @Test("at the limit, and one byte above it", arguments: [(0, true), (1, false)])
    func limit(excess: Int, isAccepted: Bool) throws {
        var server = server(100_000)
        let message = [UInt8](repeating: 0, count: 100_000 + excess)
        server.receive(clientFrame(.binary, try compressed(message), isCompressed: true))
        #expect(server.messages.map(\.bytes) == (isAccepted ? [message] : []))
        #expect(server.end?.cause == (isAccepted ? nil : .failed(.messageTooBig)))
        #expect(server.end?.code == (isAccepted ? nil : .messageTooBig))
    }

    @Test("a message for several groups of clients is compressed once")
    func sharedCompression() throws {
        let deflater = try #require(Deflater(threshold: 0))
        var outputs: [[UInt8]] = []
        for text in ["first event", "first event", "second event", "first event"] {
            var output: [UInt8] = []
            _ = deflater.withCompressed(Array(text.utf8)[...]) { output = Array($0) }
            outputs.append(output)
        }
        #expect(deflater.compressions == 3)
        #expect(outputs[0] == outputs[1] && outputs[0] == outputs[3] && outputs[0] != outputs[2])
    }

    @Test("very long messages are sent uncompressed, because compressing one would delay everything else")
    func maximum() throws {
        let deflater = try #require(Deflater(threshold: 64))
        for (count, isCompressed) in [(63, false), (64, true), (32_768, true), (32_769, false)] {
            var output: [UInt8] = []
            let message = [UInt8](repeating: 0x61, count: count)
            #expect(deflater.appendFrame(.text, message[...], to: &output) == isCompressed)
        }
    }

    @Test("a decompression bomb ends the connection early")
    func bomb() throws {
        var server = server(65_536)
        let bomb = try compressed([UInt8](repeating: 0, count: 16 << 20))
        #expect(bomb.count < 20_000)
        // A few hundred bytes suffice to exceed the limit.
        server.receive(Array(clientFrame(.binary, bomb, isCompressed: true).prefix(400)))
        #expect(server.end?.code == .messageTooBig)
    }

    @Test("endless blocks without output count towards the limit")
    func emptyBlocks() {
        var server = server(1_000)
        let nothing = Array(repeating: hexadecimal("00 0000ffff"), count: 300).joined()
        server.receive(clientFrame(.binary, Array(nothing), isFinal: false, isCompressed: true))
        #expect(server.end?.code == .messageTooBig)
        // Reading continues after blocks marked as final, at little cost.
        var other = self.server(1_000_000)
        let last = Array(Array(repeating: hexadecimal("0300"), count: 400_000).joined())
        other.receive(clientFrame(.binary, last, isCompressed: true))
        #expect(other.messages == [WebSocketMessage(.binary, [])])
    }

    @Test(
        "rejects corrupt data",
        arguments: [
            "07", "06", "ff", "f248cdc9", "f248cdc9c9", "000500faf048656c6c6f00", "000500faff48656c", "f200110000",
        ])
    func corrupt(bytes: String) {
        var server = server()
        server.receive(clientFrame(.text, hexadecimal(bytes), isCompressed: true))
        #expect(server.messages.isEmpty)
        #expect(server.end?.cause == .failed(.corruptDeflate))
        #expect(server.end?.code == .invalidPayload)
    }

    @Test("rejects invalid UTF-8 inside a compressed message as it arrives")
    func text() throws {
        var server = server()
        let frame = clientFrame(
            .text, try compressed([0x61, 0xFF] + [UInt8](repeating: 0x62, count: 99)), isCompressed: true)
        server.receive(Array(frame.dropLast(3)))
        #expect(server.end?.cause == .failed(.textNotUTF8))
    }

    @Test("rejects a truncated character at the end")
    func cutCharacter() throws {
        var server = server()
        server.receive(clientFrame(.text, try compressed([0x61, 0xC3]), isCompressed: true))
        #expect(server.end?.cause == .failed(.textNotUTF8))
    }

    @Test("the first fragment decides whether a message is compressed; control frames may be interleaved")
    func fragments() throws {
        var server = server()
        let bytes = try compressed(Array("Hello, Hello, Hello".utf8))
        server.receive(clientFrame(.text, bytes[..<3], isFinal: false, isCompressed: true))
        server.receive(clientFrame(.ping, [1]))
        server.receive(clientFrame(.continuation, bytes[3..<5], isFinal: false))
        server.receive(clientFrame(.continuation, bytes[5...]))
        server.receive(clientFrame(.text, "plain".utf8))
        #expect(server.messages == [.text("Hello, Hello, Hello"), .text("plain")])
        #expect(server.output == [0x8A, 1, 1])
    }

    @Test("a client with context takeover may refer back, one without may not")
    func context() throws {
        let connections = try DeflateReferenceTests.connections()
        let kept = try #require(connections.first { $0.keepsContext })
        var server = WebSocketHarness(deflate: .init(ourWindowBits: 15, peerKeepsContext: false))
        for message in kept.messages { server.receive(clientFrame(.binary, message.compressed, isCompressed: true)) }
        #expect(server.end?.cause == .failed(.corruptDeflate))
    }

    @Test("short and incompressible messages are sent uncompressed")
    func notWorthIt() throws {
        let deflater = try #require(Deflater(threshold: 20))
        var server = server()
        var random = SeededGenerator(seed: 0x5EED_0011)
        for (bytes, first) in [
            ([UInt8](repeating: 0x61, count: 19), UInt8(0x82)), ([UInt8](repeating: 0x61, count: 20), 0xC2),
            (random.bytes(100), 0x82),
        ] {
            server.output = []
            #expect(
                server.stateMachine.send(WebSocketMessage(.binary, bytes), deflater: deflater, output: &server.output))
            #expect(server.output.first == first)
            var shared: [UInt8] = [9]
            let isCompressed = deflater.appendFrame(.binary, bytes[...], to: &shared)
            #expect(isCompressed == (first == 0xC2))
            #expect(shared.dropFirst() == (isCompressed ? server.output[...] : []))
        }
    }

    @Test("a client with a small window gets only messages it can read")
    func smallWindow() throws {
        let deflater = try #require(Deflater(windowBits: 15, threshold: 0))
        let narrow = PerMessageDeflate.Agreement(ourWindowBits: 8, peerKeepsContext: true)
        #expect(narrow.allows(deflater, payloadBytes: 256) && !narrow.allows(deflater, payloadBytes: 257))
        let nine = PerMessageDeflate.Agreement(ourWindowBits: 9, peerKeepsContext: true)
        #expect(nine.allows(try #require(Deflater(windowBits: 8)), payloadBytes: 1_000_000))
        var server = WebSocketHarness(deflate: narrow)
        for (count, first) in [(256, UInt8(0xC2)), (257, 0x82)] {
            server.output = []
            let message = WebSocketMessage(.binary, [UInt8](repeating: 1, count: count))
            #expect(server.stateMachine.send(message, deflater: deflater, output: &server.output))
            #expect(server.output.first == first)
        }
    }

    @Test("without negotiation nothing is compressed")
    func noAgreement() throws {
        let deflater = try #require(Deflater(threshold: 0))
        var server = WebSocketHarness()
        #expect(
            server.stateMachine.send(
                .text(String(repeating: "a", count: 99)), deflater: deflater, output: &server.output))
        #expect(server.output.first == 0x81)
        server.receive(clientFrame(.text, try compressed([0x61]), isCompressed: true))
        #expect(server.end?.cause == .failed(.reservedBits))
    }
}
