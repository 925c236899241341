import TestSupport
import Testing

@testable import Web

@Suite("WebSocket frames") struct WebSocketFrameTests {
    @Test(
        "every length at which the header changes, in both roles",
        arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 70_001])
    func lengths(count: Int) {
        var random = SeededGenerator(seed: 0x5EED_0020 + UInt64(count))
        let message = WebSocketMessage(.binary, random.bytes(count))
        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 3)))
        var server = WebSocketHarness()
        #expect(client.stateMachine.send(message, output: &client.output))
        #expect(server.stateMachine.send(message, output: &server.output))
        let headerBytes = count < 126 ? 2 : count < 65_536 ? 4 : 10
        #expect(server.output.count == headerBytes + count)
        #expect(client.output.count == headerBytes + 4 + count)
        let (fromClient, fromServer) = (client.output, server.output)
        server.receive(fromClient, nextLength: { random.number(1...5_000) })
        client.receive(fromServer, nextLength: { random.number(1...5_000) })
        #expect(server.messages == [message] && client.messages == [message])
    }

    @Test(
        "errors that end a connection to a server",
        arguments: [
            ("91 80 00000000", WebSocketError.reservedBits), ("a1 80 00000000", .reservedBits),
            ("c1 80 00000000", .reservedBits), ("c9 80 00000000", .reservedBits), ("f1 80", .reservedBits),
            ("83 80", .reservedOpcode), ("87 80", .reservedOpcode), ("8b 80", .reservedOpcode),
            ("8f 80", .reservedOpcode),
            ("03 80", .reservedOpcode), ("81 00", .unmaskedFrame), ("81 7e", .unmaskedFrame), ("89 00", .unmaskedFrame),
            ("81 fe 007d 00000000", .lengthNotMinimal), ("81 fe 0000 00000000", .lengthNotMinimal),
            ("81 ff 000000000000ffff 00000000", .lengthNotMinimal),
            ("81 ff 8000000000000000 00000000", .lengthTooLarge), ("81 ff ffffffffffffffff 00000000", .lengthTooLarge),
            ("81 ff 7fffffffffffffff 00000000", .messageTooBig), ("82 ff 0000000000100001 00000000", .messageTooBig),
            ("09 80 00000000", .fragmentedControlFrame), ("08 80 00000000", .fragmentedControlFrame),
            ("0a 80 00000000", .fragmentedControlFrame), ("89 fe", .oversizedControlFrame),
            ("88 fe", .oversizedControlFrame),
            ("8a ff", .oversizedControlFrame), ("80 80 00000000", .continuationOfNothing),
            ("00 80 00000000", .continuationOfNothing), ("01 80 00000000 81 80 00000000", .messageInsideMessage),
            ("02 80 00000000 02 80 00000000", .messageInsideMessage), ("88 81 00000000 03", .truncatedCloseFrame),
        ])
    func errors(bytes: String, error: WebSocketError) {
        var server = WebSocketHarness()
        server.receive(hexadecimal(bytes))
        #expect(server.end?.cause == .failed(error))
        #expect(server.output.first == 0x88, "the close frame carries the reason")
        #expect(server.messages.isEmpty)
    }

    @Test("a masking server ends a client's connection")
    func maskedServer() {
        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 1)))
        client.receive(clientFrame(.text, "a".utf8))
        #expect(client.end?.cause == .failed(.maskedFrame))
    }

    @Test("every error has a code that may be sent and a reason that fits")
    func errorTexts() {
        for error in WebSocketError.allCases {
            #expect(error.closeCode.mayBeSent)
            #expect((1...123).contains(error.text.utf8.count))
        }
        #expect(Set(WebSocketError.allCases.map(\.text)).count == WebSocketError.allCases.count)
    }

    @Test("masking is its own inverse at every offset, in any chunks")
    func masking() {
        var random = SeededGenerator(seed: 0x5EED_0021)
        for _ in 0..<300 {
            let mask = WebSocketMask(key: UInt32(truncatingIfNeeded: random.next()))
            let prefix = random.number(0...9)
            let plain = random.bytes(prefix + random.number(0...40))
            var whole = plain
            mask.apply(to: &whole, from: prefix)
            for index in plain.indices {
                let expected = index < prefix ? plain[index] : plain[index] ^ mask.bytes[(index - prefix) % 4]
                #expect(whole[index] == expected)
            }
            let cut = random.number(0...(plain.count - prefix))
            var first = Array(plain[prefix..<(prefix + cut)])
            var second = Array(plain[(prefix + cut)...])
            mask.apply(to: &first, from: 0)
            mask.advanced(by: cut).apply(to: &second, from: 0)
            #expect(first + second == Array(whole[prefix...]))
        }
    }

    @Test("a frame is the same for every client, and is appended to the buffer")
    func shared() {
        var buffer: [UInt8] = [1, 2]
        WebSocketFrame.append(.text, "ab".utf8, to: &buffer)
        WebSocketFrame.append(.binary, [3], to: &buffer)
        #expect(buffer == [1, 2, 0x81, 2, 0x61, 0x62, 0x82, 1, 3])
    }

    @Test("masking keys do not repeat soon")
    func maskKeys() {
        var source = WebSocketMaskSource(seed: 0)
        #expect(Set((0..<1_000).map { _ in source.next() }).count == 1_000)
    }
}
