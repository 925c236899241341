import Testing

@testable import Web

@Suite("WebSocket messages") struct WebSocketMessageTests {
    @Test("fragments make one message; interleaved control frames are answered immediately")
    func fragments() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.text, "Gr".utf8 + [0xC3], isFinal: false))
        server.receive(clientFrame(.ping, "one".utf8))
        server.receive(clientFrame(.continuation, [], isFinal: false))
        server.receive(clientFrame(.pong, "unasked".utf8))
        server.receive(clientFrame(.continuation, [0xBC], isFinal: false))
        server.receive(clientFrame(.ping, []))
        #expect(server.messages.isEmpty)
        server.receive(clientFrame(.continuation, "ezi".utf8))
        #expect(server.messages == [.text("Grüezi")])
        #expect(server.output == [0x8A, 3] + Array("one".utf8) + [0x8A, 0])
    }

    @Test("a message at the limit, and one byte above it", arguments: [(0, true), (1, false)])
    func limit(excess: Int, isAccepted: Bool) {
        let message = [UInt8](repeating: 7, count: 1_000 + excess)
        var whole = WebSocketHarness(messageBytes: 1_000)
        whole.receive(clientFrame(.binary, message))
        var cut = WebSocketHarness(messageBytes: 1_000)
        cut.receive(clientFrame(.binary, message[..<400], isFinal: false))
        cut.receive(clientFrame(.continuation, message[400...]))
        for server in [whole, cut] {
            #expect(server.messages.map(\.bytes) == (isAccepted ? [message] : []))
            #expect(server.end?.code == (isAccepted ? nil : .messageTooBig))
        }
    }

    @Test("a message that is too big is rejected as soon as its length is known")
    func rejectedEarly() {
        var server = WebSocketHarness(messageBytes: 1_000)
        server.receive(Array(clientFrame(.binary, [UInt8](repeating: 7, count: 1_001)).prefix(8)))
        #expect(server.end?.cause == .failed(.messageTooBig))
        #expect(server.output.dropFirst(2).starts(with: [0x03, 0xF1]))
    }

    @Test("the limit applies to each message separately")
    func limitStartsAfresh() {
        var server = WebSocketHarness(messageBytes: 10)
        for _ in 0..<5 { server.receive(clientFrame(.binary, [UInt8](repeating: 1, count: 10))) }
        #expect(server.messages.count == 5 && server.end == nil)
    }

    @Test("invalid UTF-8 is rejected at the byte, inside a frame")
    func failsFast() {
        let bytes = Array("κόσμε".utf8) + [0xF4, 0x90, 0x80, 0x80] + Array("edited".utf8)
        let frame = clientFrame(.text, bytes)
        let bad = frame.count - bytes.count + "κόσμε".utf8.count + 1
        var server = WebSocketHarness()
        server.receive(Array(frame[..<bad]))
        #expect(server.end == nil)
        server.receive([frame[bad]])
        #expect(server.end?.cause == .failed(.textNotUTF8) && server.end?.code == .invalidPayload)
    }

    @Test("text that ends inside a character is rejected; binary may contain anything")
    func endsInside() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.binary, [0xC3, 0xFF]))
        #expect(server.messages.count == 1)
        server.receive(clientFrame(.text, [0x61, 0xC3]))
        #expect(server.end?.cause == .failed(.textNotUTF8))
    }

    @Test("validation starts again with each message")
    func validatorStartsAfresh() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.text, "ä".utf8) + clientFrame(.text, "b".utf8))
        #expect(server.messages == [.text("ä"), .text("b")])
    }

    @Test("sixteen mebibytes in one frame and in many, in small chunks")
    func large() {
        let message = [UInt8](repeating: 0x61, count: 16 << 20)
        var server = WebSocketHarness(messageBytes: message.count)
        server.receive(clientFrame(.text, message), nextLength: { 65_536 })
        #expect(server.messages.map(\.bytes.count) == [message.count])
        #expect(server.messages.first?.bytes == message)
        var stream: [UInt8] = []
        let part = message[..<16_384]
        for index in 0..<1_024 {
            stream += clientFrame(index == 0 ? .binary : .continuation, part, isFinal: index == 1_023)
        }
        server.receive(stream, nextLength: { 4_096 })
        #expect(server.messages.last?.bytes == message)
        #expect(server.end == nil)
    }

    @Test("an idle connection uses less than a kibibyte")
    func idleSize() {
        #expect(MemoryLayout<WebSocketStateMachine>.size <= 512)
        #expect(MemoryLayout<HTTPRequestParser>.size <= 512)
    }
}
