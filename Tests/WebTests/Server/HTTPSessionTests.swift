import Clocks
import Reactor
import Testing

@testable import Web

@Suite("HTTP sessions") @ReactorActor
struct HTTPSessionTests {
    @Test("pipelined requests are answered in order, and the connection stays open")
    func pipelining() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send(
            "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nPOST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                + "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /nowhere HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.waitForText("404 Not Found")
        #expect(client.text.occurrences(of: "HTTP/1.1 200") == 3)
        #expect(client.text.occurrences(of: "hello") == 1)
        #expect(client.text.contains("\r\n\r\nabcHTTP/1.1 200"))
        #expect(!client.hasEnded)
        client.end()
    }

    @Test("an incomplete request times out with 408, even if bytes still arrive")
    func requestTimeout() async throws {
        let bed = TestServer { $0.requestTimeout = .seconds(10) }
        let client = try TestClient(to: bed.server)
        client.send("GET /hello HTTP/1.1\r\n")
        await client.waitUntilRead()
        bed.advance(.seconds(6))
        client.send("Host: a\r\n")
        await client.waitUntilRead()
        bed.advance(.seconds(3))
        await TestClient.waitForIteration()
        #expect(client.received.isEmpty)
        bed.advance(.seconds(1))
        await client.waitForText("HTTP/1.1 408 ")
        #expect(bed.count("leadville_web_request_timeouts_total{server=\"test\"} 1"))
        client.end()
    }

    @Test("an idle connection is closed silently, a busy one stays open")
    func idleTimeout() async throws {
        let bed = TestServer { $0.idleTimeout = .seconds(60) }
        let client = try TestClient(to: bed.server)
        for _ in 0..<3 {
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
            await client.waitForText("hello")
            client.clearReceived()
            bed.advance(.seconds(59))
        }
        await TestClient.waitForIteration()
        #expect(!client.hasEnded)
        bed.advance(.seconds(1))
        await client.waitForEnd()
        #expect(client.received.isEmpty)
    }

    @Test("an invalid request is answered and the connection ends, at the latest after the linger time")
    func invalidRequest() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.waitForEnd()
        #expect(client.text.hasPrefix("HTTP/1.1 400 "))
        #expect(!client.text.contains("hello"))
        #expect(bed.count("leadville_web_requests_refused_total{server=\"test\",reason=\"repeated_host\"} 1"))
    }

    @Test("a client that has finished sending still gets its response")
    func halfClosed() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        client.finishSending()
        await client.waitForEnd()
        #expect(client.text.hasSuffix("hello"))
    }

    @Test("enforces the client limit; a disconnect makes room")
    func maximumClients() async throws {
        let bed = TestServer { $0.maximumClients = 1 }
        let first = try TestClient(to: bed.server)
        let second = try TestClient(to: bed.server)
        await second.waitForEnd()
        #expect(second.text.hasPrefix("HTTP/1.1 503 Service Unavailable\r\n"))
        #expect(second.text.contains("\r\nConnection: close\r\n") && second.text.contains("\r\nRetry-After: "))
        #expect(second.text.hasSuffix("\r\n\r\nThe connection limit is reached. Try again later.\n"))
        first.end()
        await bed.waitForConnections(0)
        let third = try TestClient(to: bed.server)
        third.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await third.waitForText("hello")
        #expect(bed.count("leadville_web_connections_refused_total{server=\"test\"} 1"))
        third.end()
    }

    @Test("above the limit every connection gets 503, and few stay open until the linger time")
    func overload() async throws {
        let bed = TestServer { $0.maximumClients = 0 }
        // They continue to send, and none of them closes its connection.
        let clients = try (0..<100).map { _ in try TestClient(to: bed.server) }
        for client in clients.prefix(OverloadResponder.maximumPending) {
            client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(bed.server.overloadResponder.pending.count == OverloadResponder.maximumPending)
        for client in clients {
            await client.wait { $0.text.hasSuffix("later.\n") }
            #expect(client.text.occurrences(of: "HTTP/1.1 503 ") == 1)
        }
        bed.advance(.seconds(2))
        #expect(bed.server.overloadResponder.pending.isEmpty)
        #expect(bed.count("leadville_web_connections_refused_total{server=\"test\"} 100"))
        #expect(bed.count("leadville_web_connections{server=\"test\"} 0"))
        for client in clients { client.end() }
    }

    @Test("stops reading from a client that does not read its responses")
    func backPressure() async throws {
        let bed = TestServer { $0.queueLimit = 64 << 10 }
        let client = try TestClient(to: bed.server)
        client.isStalled = true
        let body = String(repeating: "x", count: 4_000)
        var accepted = 0
        for _ in 0..<200 {
            guard client.trySend("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4000\r\n\r\n" + body) else { break }
            accepted += 1
            await TestClient.waitForIteration()
        }
        #expect(accepted < 100)
        client.isStalled = false
        await client.wait { $0.received.count >= accepted * 4_000 }
        #expect(client.text.occurrences(of: "HTTP/1.1 200") == accepted)
        client.end()
    }
}
