import Clocks
import Testing

@testable import Web

@Suite("WebSocket state machine") struct WebSocketStateMachineTests {
    @Test("the standard's examples of frames (RFC 6455 §5.7)")
    func standardExamples() {
        var server = WebSocketHarness()
        server.receive(hexadecimal("81 85 37fa213d 7f9f4d5158"))
        #expect(server.messages == [.text("Hello")])
        server.receive(hexadecimal("89 85 37fa213d 7f9f4d5158"))
        #expect(server.output == hexadecimal("8a 05 48656c6c6f"))

        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 1)))
        client.receive(hexadecimal("81 05 48656c6c6f"))
        client.receive(hexadecimal("01 03 48656c 80 02 6c6f"))
        client.receive(hexadecimal("82 7e 0100") + [UInt8](repeating: 7, count: 256))
        client.receive(hexadecimal("82 7f 0000000000010000") + [UInt8](repeating: 9, count: 65_536))
        #expect(
            client.messages == [
                .text("Hello"), .text("Hello"), WebSocketMessage(.binary, [UInt8](repeating: 7, count: 256)),
                WebSocketMessage(.binary, [UInt8](repeating: 9, count: 65_536)),
            ])
        #expect(client.end == nil)
    }

    @Test("the standard's examples of compressed messages (RFC 7692 §7.2.3)")
    func compressedExamples() {
        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 1)), deflate: .plain)
        client.receive(hexadecimal("c1 07 f248cdc9c90700"))
        client.receive(hexadecimal("41 03 f248cd 80 04 c9c90700"))
        client.receive(hexadecimal("c1 05 f200110000"))
        client.receive(hexadecimal("c1 0b 000500faff48656c6c6f00"))
        client.receive(hexadecimal("c1 08 f348cdc9c9070000"))
        client.receive(hexadecimal("c1 0d f248050000 00ffff cac9c90700"))
        client.receive(hexadecimal("c1 01 00"))
        #expect(client.end == nil)
        #expect(
            client.messages.map { String(decoding: $0.bytes, as: UTF8.self) } == Array(repeating: "Hello", count: 6) + [
                ""
            ])
    }

    @Test("each side receives what the other sends, compressed or not")
    func bothRoles() throws {
        let deflater = try #require(Deflater(threshold: 0))
        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 7)), deflate: .plain)
        var server = WebSocketHarness(deflate: .plain)
        let messages = [
            WebSocketMessage.text(""), .text("grüezi"), .text(String(repeating: "abc", count: 50_000)),
            WebSocketMessage(.binary, (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }),
        ]
        for (index, message) in messages.enumerated() {
            let used = index.isMultiple(of: 2) ? deflater : nil
            #expect(client.stateMachine.send(message, deflater: used, output: &client.output))
            #expect(server.stateMachine.send(message, deflater: used, output: &server.output))
        }
        let fromClient = client.output
        let fromServer = server.output
        server.receive(fromClient)
        client.receive(fromServer)
        #expect(server.messages == messages)
        #expect(client.messages == messages)
    }
}
