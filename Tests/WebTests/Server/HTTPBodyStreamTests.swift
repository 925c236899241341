import Clocks
import Reactor
import Testing

@testable import Web

@Suite("Streamed bodies") @ReactorActor
struct HTTPBodyStreamTests {
    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
    private static func text(_ text: String) -> HTTPBodyStream.Piece { .bytes(Array(text.utf8)) }

    @Test("are sent in chunks, and the connection continues after them")
    func chunks() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .bytes([]), Self.text("and twenty letters"), .end])
        let client = try TestClient(to: bed.server)
        client.send(Self.stream + Self.hello)
        await client.waitForText("hello")
        let parts = client.text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts[0].contains("Transfer-Encoding: chunked") && !parts[0].contains("Content-Length"))
        #expect(parts[1].hasPrefix("3\r\none\r\n12\r\nand twenty letters\r\n0\r\n\r\nHTTP/1.1 200 OK"))
        #expect(bed.streamsFinished == 1)
        client.end()
    }

    @Test("end with the connection for HTTP/1.0")
    func old() async throws {
        let bed = TestServer(pieces: [Self.text("one"), Self.text("two"), .end])
        let client = try TestClient(to: bed.server)
        client.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        await client.waitForEnd()
        #expect(client.text.contains("Connection: close") && !client.text.contains("chunked"))
        #expect(client.text.hasSuffix("\r\n\r\nonetwo"))
    }

    @Test("are not produced for a HEAD request")
    func head() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .end])
        let client = try TestClient(to: bed.server)
        client.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + Self.hello)
        await client.waitForText("hello")
        #expect(client.text.contains("chunked\r\n\r\nHTTP/1.1 200 OK"))
        #expect((bed.piecesProduced, bed.streamsFinished) == (0, 1))
        client.end()
    }

    @Test("are produced only as fast as the client reads")
    func slowClient() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: Array(repeating: .bytes(piece), count: 50))
        let client = try TestClient(to: bed.server)
        client.isStalled = true
        client.send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        for _ in 0..<20 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 1)
        client.isStalled = false
        await client.waitForEnd()
        #expect(client.received.count { $0 == 0x61 } >= 50 * piece.count)
        #expect(client.text.hasSuffix("\r\n0\r\n\r\n"))
        #expect((bed.piecesProduced, bed.streamsFinished) == (51, 1))
    }

    @Test("stop when the client disconnects")
    func gone() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: Array(repeating: .bytes(piece), count: 50))
        let client = try TestClient(to: bed.server)
        client.isStalled = true
        client.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        await TestClient.waitForIteration()
        client.end()
        while bed.streamsFinished == 0 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 1)
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 1"))
        #expect(bed.count("leadville_web_connections{server=\"test\"} 0"))
    }

    @Test("close the connection when production fails")
    func broken() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .failed])
        let client = try TestClient(to: bed.server)
        client.send(Self.stream + Self.hello)
        await client.waitForEnd()
        #expect(client.text.hasSuffix("3\r\none\r\n"))
        #expect(bed.streamsFinished == 1)
        #expect(bed.count("leadville_web_answers_broken_total{server=\"test\"} 1"))
    }

    @Test("time out when the producer stalls")
    func stuck() async throws {
        let bed = TestServer { $0.responseTimeout = .seconds(30) }
        let client = try TestClient(to: bed.server)
        client.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
        await client.waitForText("chunked")
        for _ in 0..<2 {
            bed.advance(.seconds(30))
            await TestClient.waitForIteration()
        }
        await client.waitForEnd()
        #expect(bed.count("leadville_web_answer_timeouts_total{server=\"test\"} 1"))
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 0"))
    }

    @Test("time out when the client stalls, but not when it reads slowly")
    func slowReader() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer({ $0.responseTimeout = .seconds(30) }, pieces: Array(repeating: .bytes(piece), count: 50))
        let client = try TestClient(to: bed.server)
        client.isStalled = true
        client.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        for _ in 0..<10 {
            bed.advance(.seconds(30))
            await client.readOnce()
        }
        #expect(bed.streamsFinished == 0)
        for _ in 0..<2 {
            bed.advance(.seconds(30))
            await TestClient.waitForIteration()
        }
        await bed.waitForConnections(0)
        #expect(bed.streamsFinished == 1)
        client.end()
    }

    @Test("end at once if the client has disconnected before")
    func late() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .end])
        let client = try TestClient(to: bed.server)
        client.send("GET /late-stream HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(1)
        client.end()
        await bed.waitForConnections(0)
        bed.pending[0].complete(.text("go"))
        while bed.streamsFinished == 0 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 0)
    }

    @Test("are completed when the server shuts down")
    func shutDown() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: [.bytes(piece), .bytes(piece), Self.text("last"), .end])
        let client = try TestClient(to: bed.server)
        client.isStalled = true
        client.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        let over = Task { await bed.server.shutDown(within: .seconds(60)) }
        await TestClient.waitForIteration()
        client.isStalled = false
        await client.waitForEnd()
        #expect(client.text.hasSuffix("4\r\nlast\r\n0\r\n\r\n"))
        await over.value
    }
}
