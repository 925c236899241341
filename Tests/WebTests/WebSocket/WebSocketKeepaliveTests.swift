import Clocks
import Testing

@testable import Web

/// The keepalive in simulated time.
@Suite("WebSocket keepalive") struct WebSocketKeepaliveTests {
    private func server() -> WebSocketHarness {
        WebSocketHarness(
            keepalive: .init(pingInterval: .seconds(Int64(20)), pongTimeout: .seconds(Int64(10))),
            messageTimeout: .seconds(Int64(1_000)))
    }

    @Test("a silent peer is pinged, and times out if it stays silent")
    func silence() {
        var server = server()
        #expect(server.stateMachine.deadline == MonotonicTime(nanoseconds: 20_000_000_000))
        server.advance(.milliseconds(19_999))
        #expect(server.output.isEmpty)
        server.advance(.milliseconds(1))
        #expect(server.output == [0x89, 0])
        #expect(server.stateMachine.deadline == MonotonicTime(nanoseconds: 30_000_000_000))
        server.advance(.milliseconds(9_999))
        #expect(server.output.count == 2 && server.end == nil)
        server.advance(.milliseconds(1))
        #expect(server.end?.cause == .failed(.noAnswerToPing) && server.end?.code == .internalError)
        #expect(Array(server.output[2...].prefix(1)) == [0x88])
        #expect(server.stateMachine.deadline == nil)
    }

    @Test("any byte proves liveness, even part of a frame")
    func signs() {
        for sign in [clientFrame(.pong, []), clientFrame(.text, "a".utf8), [0x81], clientFrame(.pong, [1, 2, 3])] {
            var server = server()
            server.advance(.seconds(Int64(20)))
            server.advance(.seconds(Int64(9)))
            server.receive(sign)
            #expect(server.stateMachine.deadline == server.now + .seconds(Int64(20)))
            server.advance(.seconds(Int64(19)))
            #expect(server.output == [0x89, 0] && server.end == nil)
            server.advance(.seconds(Int64(1)))
            #expect(server.output == [0x89, 0, 0x89, 0])
        }
    }

    @Test("a busy peer is never pinged")
    func busy() {
        var server = server()
        for _ in 0..<10 {
            server.advance(.seconds(Int64(15)))
            server.receive(clientFrame(.text, "a".utf8))
        }
        #expect(server.output.isEmpty && server.messages.count == 10)
    }

    @Test("a late tick pings once, and allows the full timeout")
    func late() {
        var server = server()
        server.advance(.seconds(Int64(1_000)))
        #expect(server.output == [0x89, 0])
        #expect(server.stateMachine.deadline == server.now + .seconds(Int64(10)))
    }

    @Test("when off, nothing is scheduled")
    func off() {
        var server = WebSocketHarness()
        #expect(server.stateMachine.deadline == nil)
        server.advance(.seconds(Int64(100_000)))
        #expect(server.output.isEmpty && server.end == nil)
    }

    @Test("a client's ping is masked")
    func client() {
        var client = WebSocketHarness(role: .client(WebSocketMaskSource(seed: 5)), keepalive: .init())
        client.advance(.seconds(Int64(20)))
        #expect(client.output.prefix(2) == [0x89, 0x80] && client.output.count == 6)
    }

    @Test("a message that does not arrive completely in time ends the connection, however often bytes arrive")
    func tricklingMessage() {
        var server = WebSocketHarness()
        server.receive(clientFrame(.text, Array("first part, ".utf8), isFinal: false))
        for byte in clientFrame(.continuation, Array("a second part that trickles in".utf8)).prefix(9) {
            server.receive([byte])
            server.advance(.seconds(1))
        }
        #expect(server.end == nil)
        server.advance(.seconds(1))
        #expect(server.end?.cause == .failed(.messageTimedOut))
        #expect(server.end?.code == .policyViolation)
    }

    @Test("a control frame that does not arrive completely in time ends the connection")
    func tricklingFrame() {
        var server = WebSocketHarness()
        server.receive(Array(clientFrame(.ping, Array("ping".utf8)).dropLast()))
        server.advance(.seconds(9))
        #expect(server.end == nil)
        server.advance(.seconds(1))
        #expect(server.end?.cause == .failed(.messageTimedOut))
    }

    @Test("every message has the whole time, and so has one that we did not read")
    func completeMessages() {
        var server = WebSocketHarness()
        let frame = clientFrame(.text, Array("text".utf8))
        server.receive(Array(frame.prefix(3)))
        for _ in 0..<10 {
            server.advance(.seconds(6))
            // The end of a message and the beginning of the next one arrive together.
            server.receive(Array(frame.dropFirst(3) + frame.prefix(3)))
        }
        #expect(server.end == nil && server.messages.count == 10)
        server.advance(.seconds(6))
        server.stateMachine.excuseDelay(now: server.now)
        server.advance(.seconds(6))
        #expect(server.end == nil)
        server.receive(Array(frame.dropFirst(3)))
        server.advance(.seconds(60))
        #expect(server.end == nil && server.messages.count == 11)
    }
}
