import Clocks
import Reactor
import Testing

@testable import Web

@Suite("Memory budget") @ReactorActor
struct MemoryBudgetTests {
    @Test("the client that holds most is closed with a reason; the others notice nothing")
    func unfinishedMessages() async throws {
        let bed = TestServer(memory: 300_000)
        let greedy = try TestClient(to: bed.server, roomBytes: 1 << 20)
        let modest = try TestClient(to: bed.server, roomBytes: 1 << 20)
        await greedy.upgrade()
        await modest.upgrade()
        modest.send(unfinishedMessage(of: 20_000))
        while bed.budget.use.bytes == 0 { await TestClient.waitForIteration() }
        greedy.send(unfinishedMessage(of: 400_000))
        await greedy.waitForEnd()
        #expect(greedy.closeCode == 1013)
        #expect(bed.count("leadville_web_evicted_total 1"))
        #expect(bed.budget.use.bytes < 300_000)
        // The rest of the other client's message.
        modest.send([0x61])
        await modest.wait { $0.texts.count == 1 }
        #expect(modest.texts.first?.utf8.count == 20_001)
        modest.end()
        while bed.budget.use.bytes > 0 { await TestClient.waitForIteration() }
    }

    @Test("an unfinished request body counts, and is answered 503")
    func body() async throws {
        let bed = TestServer(memory: 100_000)
        let client = try TestClient(to: bed.server, roomBytes: 1 << 20)
        let body = String(repeating: "x", count: 200_000)
        client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 300000\r\n\r\n" + body)
        await client.waitForEnd()
        #expect(client.text.hasPrefix("HTTP/1.1 503 "))
        #expect(bed.budget.use.bytes == 0)
    }

    @Test("unfinished request heads count")
    func heads() async throws {
        let bed = TestServer(memory: 1 << 20)
        let client = try TestClient(to: bed.server)
        client.send("GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 5_000))
        while bed.budget.use.bytes < 5_000 { await TestClient.waitForIteration() }
        #expect(bed.budget.use.bytes < 7_000)
        client.end()
        while bed.budget.use.bytes > 0 { await TestClient.waitForIteration() }
    }

    @Test("bytes that several slow clients wait for count once")
    func sharedBytes() async throws {
        let bed = TestServer()
        let clients = try (0..<10).map { _ in try TestClient(to: bed.server) }
        for client in clients {
            await client.upgrade()
            client.isStalled = true
        }
        let message = String(repeating: "x", count: 100_000)
        bed.service.broadcast(message)
        while bed.budget.use.bytes < 100_000 { await TestClient.waitForIteration() }
        #expect(bed.service.clients.allSatisfy { $0.queuedBytes > 50_000 })
        #expect((100_000..<150_000).contains(bed.budget.use.bytes))
        for client in clients { client.end() }
        while bed.budget.use.bytes > 0 { await TestClient.waitForIteration() }
    }

    @Test("those that hold most come first, and those that hold nothing not at all")
    func greediest() {
        #expect(MemoryBudget.greediest([("a", 5), ("b", 0), ("c", 9), ("d", 7)]) == ["c", "d", "a"])
    }

    @Test("one address cannot take all places")
    func perAddress() async throws {
        let bed = TestServer { $0.maximumClientsPerAddress = 2 }
        let clients = try (0..<3).map { _ in try TestClient(to: bed.server, from: "192.0.2.1") }
        await clients[2].waitForEnd()
        #expect(clients[2].text.hasPrefix("HTTP/1.1 503 "))
        let other = try TestClient(to: bed.server, from: "192.0.2.2")
        other.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await other.waitForText("hello")
        #expect(bed.count("leadville_web_limits_reached_total{server=\"test\",limit=\"address\"} 1"))
        for client in clients + [other] { client.end() }
    }

    @Test("WebSockets leave places for HTTP requests")
    func reservedPlaces() async throws {
        let bed = TestServer { $0.maximumClients = 10 }
        let sockets = try (0..<9).map { _ in try TestClient(to: bed.server) }
        for socket in sockets { await socket.upgrade() }
        let tenth = try TestClient(to: bed.server)
        tenth.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")
        await tenth.waitForText("hello")
        tenth.clearReceived()
        tenth.send(
            "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
        await tenth.waitForEnd()
        #expect(tenth.text.hasPrefix("HTTP/1.1 503 "))
        for socket in sockets { socket.end() }
    }

    /// The beginning of a text message that lacks its last byte. The mask is zero.
    private func unfinishedMessage(of count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        WebSocketFrame.appendHeader(.text, payloadBytes: count + 1, isMasked: true, to: &bytes)
        return bytes + [0, 0, 0, 0] + [UInt8](repeating: 0x61, count: count)
    }
}
