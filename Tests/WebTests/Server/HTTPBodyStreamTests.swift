import Clocks
import Reactor
import Testing

@testable import Web

@Suite("Bodies that are made while they are sent") @ReactorActor
struct HTTPBodyStreamTests {
    private static let hello = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let stream = "GET /stream HTTP/1.1\r\nHost: a\r\n\r\n"
    private static func text(_ text: String) -> HTTPBodyStream.Piece { .bytes(Array(text.utf8)) }

    @Test("come in chunks, and the connection goes on behind them")
    func chunks() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .bytes([]), Self.text("and twenty letters"), .end])
        let wire = try TestClient(to: bed.server)
        wire.send(Self.stream + Self.hello)
        await wire.waitForText("hello")
        let parts = wire.text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        #expect(parts[0].contains("Transfer-Encoding: chunked") && !parts[0].contains("Content-Length"))
        #expect(parts[1].hasPrefix("3\r\none\r\n12\r\nand twenty letters\r\n0\r\n\r\nHTTP/1.1 200 OK"))
        #expect(bed.streamsFinished == 1)
        wire.end()
    }

    @Test("for HTTP/1.0 they end with the connection, whatever it asked for")
    func old() async throws {
        let bed = TestServer(pieces: [Self.text("one"), Self.text("two"), .end])
        let wire = try TestClient(to: bed.server)
        wire.send("GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        await wire.waitForEnd()
        #expect(wire.text.contains("Connection: close") && !wire.text.contains("chunked"))
        #expect(wire.text.hasSuffix("\r\n\r\nonetwo"))
    }

    @Test("nobody makes one for a HEAD request")
    func head() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .end])
        let wire = try TestClient(to: bed.server)
        wire.send("HEAD /stream HTTP/1.1\r\nHost: a\r\n\r\n" + Self.hello)
        await wire.waitForText("hello")
        #expect(wire.text.contains("chunked\r\n\r\nHTTP/1.1 200 OK"))
        #expect((bed.piecesProduced, bed.streamsFinished) == (0, 1))
        wire.end()
    }

    @Test("a client that does not read has no more made than it has room for, and all of it when it does")
    func slowClient() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: Array(repeating: .bytes(piece), count: 50))
        let wire = try TestClient(to: bed.server)
        wire.isStalled = true
        wire.send("GET /stream HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        for _ in 0..<20 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 1)
        wire.isStalled = false
        await wire.waitForEnd()
        #expect(wire.received.count { $0 == 0x61 } >= 50 * piece.count)
        #expect(wire.text.hasSuffix("\r\n0\r\n\r\n"))
        #expect((bed.piecesProduced, bed.streamsFinished) == (51, 1))
    }

    @Test("when the client has gone nobody goes on with it")
    func gone() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: Array(repeating: .bytes(piece), count: 50))
        let wire = try TestClient(to: bed.server)
        wire.isStalled = true
        wire.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        await TestClient.waitForIteration()
        wire.end()
        while bed.streamsFinished == 0 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 1)
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 1"))
        #expect(bed.count("leadville_web_connections{server=\"test\"} 0"))
    }

    @Test("what cannot be made to its end is cut off, and is not taken for whole")
    func broken() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .failed])
        let wire = try TestClient(to: bed.server)
        wire.send(Self.stream + Self.hello)
        await wire.waitForEnd()
        #expect(wire.text.hasSuffix("3\r\none\r\n"))
        #expect(bed.streamsFinished == 1)
        #expect(bed.count("leadville_web_answers_broken_total{server=\"test\"} 1"))
    }

    @Test("whoever makes none for too long is not waited for")
    func stuck() async throws {
        let bed = TestServer { $0.responseTimeout = .seconds(30) }
        let wire = try TestClient(to: bed.server)
        wire.send("GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n")
        await wire.waitForText("chunked")
        for _ in 0..<2 {
            bed.advance(.seconds(30))
            await TestClient.waitForIteration()
        }
        await wire.waitForEnd()
        #expect(bed.count("leadville_web_answer_timeouts_total{server=\"test\"} 1"))
        #expect(bed.count("leadville_web_answers_abandoned_total{server=\"test\"} 0"))
    }

    @Test("a client that takes nothing for too long is let go, one that reads slowly is not")
    func patience() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer({ $0.responseTimeout = .seconds(30) }, pieces: Array(repeating: .bytes(piece), count: 50))
        let wire = try TestClient(to: bed.server)
        wire.isStalled = true
        wire.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        for _ in 0..<10 {
            bed.advance(.seconds(30))
            await wire.readOnce()
        }
        #expect(bed.streamsFinished == 0)
        for _ in 0..<2 {
            bed.advance(.seconds(30))
            await TestClient.waitForIteration()
        }
        #expect(bed.streamsFinished == 1)
        wire.end()
    }

    @Test("one that comes after its client has gone is over at once")
    func late() async throws {
        let bed = TestServer(pieces: [Self.text("one"), .end])
        let wire = try TestClient(to: bed.server)
        wire.send("GET /late-stream HTTP/1.1\r\nHost: a\r\n\r\n")
        await bed.waitForPending(1)
        wire.end()
        while !bed.count("leadville_web_connections{server=\"test\"} 0") { await TestClient.waitForIteration() }
        bed.pending[0].complete(.text("go"))
        while bed.streamsFinished == 0 { await TestClient.waitForIteration() }
        #expect(bed.piecesProduced == 0)
    }

    @Test("a server that ends sends it to its end first")
    func shutDown() async throws {
        let piece = [UInt8](repeating: 0x61, count: 100_000)
        let bed = TestServer(pieces: [.bytes(piece), .bytes(piece), Self.text("last"), .end])
        let wire = try TestClient(to: bed.server)
        wire.isStalled = true
        wire.send(Self.stream)
        while bed.piecesProduced == 0 { await TestClient.waitForIteration() }
        let over = Task { await bed.server.shutDown(within: .seconds(60)) }
        await TestClient.waitForIteration()
        wire.isStalled = false
        await wire.waitForEnd()
        #expect(wire.text.hasSuffix("4\r\nlast\r\n0\r\n\r\n"))
        await over.value
    }
}
