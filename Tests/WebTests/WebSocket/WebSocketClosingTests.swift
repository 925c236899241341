import Clocks
import Testing

@testable import Web

@Suite("Closing a WebSocket") struct WebSocketClosingTests {
    private func payload(_ code: Int, _ reason: String = "") -> [UInt8] {
        [UInt8(code >> 8 & 0xFF), UInt8(code & 0xFF)] + Array(reason.utf8)
    }

    @Test(
        "the peer closes: its code is echoed, and the connection ends",
        arguments: [1000, 1001, 1011, 1014, 3000, 4999])
    func byPeer(code: Int) {
        var server = WebSocketHarness()
        server.receive(clientFrame(.close, payload(code, "bye")) + clientFrame(.text, "late".utf8))
        #expect(server.output == [0x88, 2] + payload(code))
        #expect(
            server.end == WebSocketEnd(cause: .closedByPeer, code: WebSocketCloseCode(UInt16(code)), reason: "bye"))
        #expect(server.messages.isEmpty && !server.stateMachine.isOpen)
    }

    @Test("a close frame without a code is answered by one without a code")
    func withoutCode() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.close, []))
        #expect(server.output == [0x88, 0])
        #expect(server.end?.code == .noneGiven)
    }

    @Test(
        "rejects codes that must not be sent",
        arguments: [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535])
    func invalidCodes(code: Int) {
        var server = WebSocketHarness()
        server.receive(clientFrame(.close, payload(code)))
        #expect(server.end?.cause == .failed(.invalidCloseCode))
        #expect(server.output.dropFirst(2).starts(with: payload(1002)))
    }

    @Test("rejects a reason that is not UTF-8")
    func invalidReason() {
        for reason in [[0xFF], [0xC3], [0x61, 0xED, 0xA0, 0x80]] as [[UInt8]] {
            var server = WebSocketHarness()
            server.receive(clientFrame(.close, payload(1000) + reason))
            #expect(server.end?.cause == .failed(.closeReasonNotUTF8))
            #expect(server.output.dropFirst(2).starts(with: payload(1007)))
        }
    }

    @Test("we close: later messages and pings are dropped until the peer responds")
    func byUs() {
        var server = WebSocketHarness()
        server.stateMachine.close(.goingAway, reason: "restart", now: server.now, output: &server.output)
        server.stateMachine.close(.normal, now: server.now, output: &server.output)
        #expect(server.output == [0x88, 9] + payload(1001, "restart"))
        let sent = server.output.count
        #expect(!server.stateMachine.isOpen)
        #expect(!server.stateMachine.send(.text("no"), output: &server.output))
        server.receive(clientFrame(.text, "late".utf8) + clientFrame(.ping, [1]))
        #expect(server.messages.isEmpty && server.end == nil)
        server.receive(clientFrame(.close, payload(1001)))
        #expect(server.end == WebSocketEnd(cause: .closedByUs, code: .goingAway, reason: ""))
        #expect(server.output.count == sent)
    }

    @Test("we close, and the response times out")
    func timeout() {
        var server = WebSocketHarness()
        server.stateMachine.close(.goingAway, now: server.now, output: &server.output)
        #expect(server.stateMachine.deadline == server.now + .seconds(Int64(5)))
        server.advance(.milliseconds(4_999))
        #expect(server.end == nil)
        server.advance(.milliseconds(1))
        #expect(server.end?.cause == .closeUnanswered && server.end?.code == .goingAway)
        #expect(server.stateMachine.deadline == nil)
        server.advance(.seconds(Int64(100)))
    }

    @Test("an error while closing ends the connection without a second close frame")
    func errorWhileClosing() {
        var server = WebSocketHarness()
        server.stateMachine.close(.normal, now: server.now, output: &server.output)
        let sent = server.output.count
        server.receive([0x81, 0x00])
        #expect(server.end?.cause == .failed(.unmaskedFrame))
        #expect(server.output.count == sent)
    }

    @Test("the stream ends without a close frame")
    func streamClosed() {
        var server = WebSocketHarness()
        #expect(
            server.stateMachine.streamEnded() == .ended(WebSocketEnd(cause: .streamClosed, code: .abnormal, reason: ""))
        )
        #expect(server.stateMachine.streamEnded() == nil)
        #expect(!server.stateMachine.isOpen)
    }

    @Test("after the end nothing is read, sent or scheduled")
    func afterEnd() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.close, payload(1000)))
        let sent = server.output
        server.end = nil
        server.receive(clientFrame(.text, "x".utf8) + [0xFF, 0xFF, 0xFF])
        server.stateMachine.close(.normal, now: server.now, output: &server.output)
        #expect(server.output == sent && server.messages.isEmpty && server.end == nil)
        #expect(server.stateMachine.streamEnded() == nil)
    }

    @Test("a long reason is truncated between characters")
    func longReason() {
        let payload = WebSocketFrame.closePayload(.normal, String(repeating: "ä", count: 100))
        #expect(payload.count == 2 + 122)
        #expect(String(validating: payload[2...], as: UTF8.self) == String(repeating: "ä", count: 61))
    }
}
