import Clocks
import Reactor
import Testing

@testable import Web

@Suite("HTTP on a connection") @ReactorActor
struct HTTPSessionTests {
    @Test("pipelined requests are answered in order, and the connection stays")
    func pipelining() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send(
            "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                + "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        await wire.waitForText("404 Not Found")
        #expect(wire.text.occurrences(of: "HTTP/1.1 200") == 3)
        #expect(wire.text.occurrences(of: "hello") == 1)
        #expect(wire.text.contains("\r\n\r\nabcHTTP/1.1 200"))
        #expect(!wire.hasEnded)
        wire.end()
    }

    @Test("a request that takes too long to arrive is answered 408, however slowly it trickles")
    func requestTimeout() async throws {
        let bed = TestServer { $0.requestTimeout = .seconds(10) }
        let wire = try TestClient(to: bed.server)
        wire.send("GET /hello HTTP/1.1\r\n")
        await TestClient.waitForIteration()
        bed.advance(.seconds(6))
        wire.send("Host: a\r\n")
        await TestClient.waitForIteration()
        bed.advance(.seconds(3))
        await TestClient.waitForIteration()
        #expect(wire.received.isEmpty)
        bed.advance(.seconds(1))
        await wire.waitForText("HTTP/1.1 408 ")
        #expect(bed.count("leadville_web_request_timeouts_total{server=\"test\"} 1"))
        wire.end()
    }

    @Test("an idle connection is closed without a word, a busy one is not")
    func idleTimeout() async throws {
        let bed = TestServer { $0.idleTimeout = .seconds(60) }
        let wire = try TestClient(to: bed.server)
        for _ in 0..<3 {
            wire.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            await wire.waitForText("hello")
            wire.clearReceived()
            bed.advance(.seconds(59))
        }
        await TestClient.waitForIteration()
        #expect(!wire.hasEnded)
        bed.advance(.seconds(1))
        await wire.waitForEnd()
        #expect(wire.received.isEmpty)
    }

    @Test("a refused request is answered and the connection ends, after the client or at the end of its patience")
    func refusal() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await wire.waitForEnd()
        #expect(wire.text.hasPrefix("HTTP/1.1 400 "))
        #expect(!wire.text.contains("hello"))
        #expect(bed.count("leadville_web_requests_refused_total{server=\"test\",reason=\"repeated_host\"} 1"))
    }

    @Test("a client that has finished sending still gets its answer")
    func halfClosed() async throws {
        let bed = TestServer()
        let wire = try TestClient(to: bed.server)
        wire.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        wire.finishSending()
        await wire.waitForEnd()
        #expect(wire.text.hasSuffix("hello"))
    }

    @Test("no more clients than allowed; room is made when one leaves")
    func maximumClients() async throws {
        let bed = TestServer { $0.maximumClients = 1 }
        let first = try TestClient(to: bed.server)
        let second = try TestClient(to: bed.server)
        await second.waitForEnd()
        #expect(second.text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(second.text.contains("\r\nConnection: close\r\n") && second.text.contains("\r\nRetry-After: "))
        #expect(second.text.hasSuffix("\r\n\r\nAll connections are taken: try again in a moment.\n"))
        first.end()
        await TestClient.waitForIteration()
        await TestClient.waitForIteration()
        let third = try TestClient(to: bed.server)
        third.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await third.waitForText("hello")
        #expect(bed.count("leadville_web_connections_refused_total{server=\"test\"} 1"))
        third.end()
    }

    @Test("of a crowd everybody is told that there is no room, and few are waited for, not for long")
    func crowd() async throws {
        let bed = TestServer { $0.maximumClients = 0 }
        // They go on sending, and none of them ends its connection.
        let crowd = try (0..<100).map { _ in try TestClient(to: bed.server) }
        for wire in crowd.prefix(OverloadResponder.maximumPending) {
            wire.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(bed.server.overloadResponder.pending.count == OverloadResponder.maximumPending)
        for wire in crowd {
            await wire.wait { $0.text.hasSuffix("moment.\n") }
            #expect(wire.text.occurrences(of: "HTTP/1.1 503 ") == 1)
        }
        bed.advance(.seconds(2))
        #expect(bed.server.overloadResponder.pending.isEmpty)
        #expect(bed.count("leadville_web_connections_refused_total{server=\"test\"} 100"))
        #expect(bed.count("leadville_web_connections{server=\"test\"} 0"))
        for wire in crowd { wire.end() }
    }

    @Test("a client that reads no answers is not read from either: nothing piles up")
    func backPressure() async throws {
        let bed = TestServer { $0.queueLimit = 64 << 10 }
        let wire = try TestClient(to: bed.server)
        wire.isStalled = true
        let body = String(repeating: "x", count: 4_000)
        var accepted = 0
        for _ in 0..<200 {
            guard wire.trySend("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n" + body) else { break }
            accepted += 1
            await TestClient.waitForIteration()
        }
        #expect(accepted < 100)
        wire.isStalled = false
        await wire.wait { $0.received.count >= accepted * 4_000 }
        #expect(wire.text.occurrences(of: "HTTP/1.1 200") == accepted)
        wire.end()
    }
}
