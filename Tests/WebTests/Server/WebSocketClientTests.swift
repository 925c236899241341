import Clocks
import Reactor
import Testing

@testable import Web

@Suite("WebSocket clients") @ReactorActor
struct WebSocketClientTests {
    @Test("a silent client is pinged and times out; one that responds stays connected")
    func keepalive() async throws {
        let service = TestService {
            $0.keepalive = WebSocketKeepalive(pingInterval: .seconds(20), pongTimeout: .seconds(20))
        }
        let bed = TestServer(service: service)
        let silent = try TestClient(to: bed.server)
        let alive = try TestClient(to: bed.server)
        await silent.upgrade()
        await alive.upgrade()
        for step in 1...10 {
            bed.advance(.seconds(5))
            guard step.isMultiple(of: 4) else { continue }
            await alive.wait { $0.frames.contains { $0.opcode == .ping } }
            alive.sendFrame(.pong, "")
            alive.clearReceived()
            await alive.waitUntilRead()
        }
        await silent.waitForEnd()
        #expect(silent.frames.first?.opcode == .ping)
        #expect(silent.closeCode == 1011)
        #expect(!alive.hasEnded)
        #expect(service.disconnects == 1)
        alive.end()
    }

    @Test("broadcast and direct messages keep their order")
    func order() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        await client.upgrade()
        bed.service.broadcast("1")
        bed.service.clients[0].send(Array("2".utf8))
        bed.service.broadcast("3")
        bed.service.broadcast("4")
        bed.service.clients[0].send(Array("5".utf8))
        await client.wait { $0.texts.count == 5 }
        #expect(client.texts == ["1", "2", "3", "4", "5"])
        client.end()
    }

    @Test("a client receives the messages sent while it is in the group")
    func membership() async throws {
        let bed = TestServer()
        let first = try TestClient(to: bed.server)
        let second = try TestClient(to: bed.server)
        await first.upgrade()
        await second.upgrade()
        let (a, b) = (bed.service.clients[0], bed.service.clients[1])
        bed.service.group.remove(b)
        bed.service.broadcast("a alone")
        bed.service.group.add(b)
        bed.service.broadcast("both")
        bed.service.group.remove(a)
        bed.service.broadcast("b alone")
        await first.wait { $0.texts.count == 2 }
        await second.wait { $0.texts.count == 2 }
        #expect(first.texts == ["a alone", "both"])
        #expect(second.texts == ["both", "b alone"])
        first.end()
        second.end()
    }

    @Test("clients with and without compression receive the same messages")
    func compression() async throws {
        let bed = TestServer()
        let plain = try TestClient(to: bed.server)
        let compressed = try TestClient(to: bed.server)
        await plain.upgrade()
        await compressed.upgrade(extensions: "permessage-deflate")
        let long = String(repeating: "abcdefgh", count: 40)
        bed.service.broadcast(long)
        bed.service.broadcast("short")
        await plain.wait { $0.frames.count == 2 }
        await compressed.wait { $0.frames.count == 2 }
        #expect(plain.texts == [long, "short"])
        #expect(compressed.texts[1] == "short")
        #expect(compressed.received.count < 100)
        plain.end()
        compressed.end()
    }

    @Test("a slow client loses the oldest telemetry and receives the count; others lose nothing")
    func telemetry() async throws {
        let bed = TestServer { $0.queueLimit = 20_000 }
        let slow = try TestClient(to: bed.server)
        let fast = try TestClient(to: bed.server)
        await slow.upgrade()
        await fast.upgrade()
        slow.isStalled = true
        let padding = String(repeating: "x", count: 500)
        for number in 0..<500 {
            bed.service.broadcast("\(number) \(padding)")
            await fast.wait { $0.texts.count == number % 50 + 1 }
            if number % 50 == 49 { fast.clearReceived() }
        }
        #expect(bed.service.clients[0].queuedBytes <= 20_000)
        slow.isStalled = false
        await slow.wait { $0.texts.last?.hasPrefix("dropped") == true }
        let numbers = slow.texts.compactMap { Int($0.split(separator: " ")[0]) }
        let dropped = Int(slow.texts.last?.split(separator: " ").last ?? "") ?? 0
        #expect(numbers == numbers.sorted() && numbers.last == 499)
        #expect(numbers.count + dropped == 500 && dropped > 100)
        #expect(bed.count("leadville_websocket_dropped_frames_total{server=\"test\"} \(dropped)"))
        slow.end()
        fast.end()
    }

    @Test(
        "a client too slow for critical messages is closed with a reason, without a gap before that")
    func critical() async throws {
        let bed = TestServer { $0.queueLimit = 20_000 }
        let slow = try TestClient(to: bed.server)
        await slow.upgrade()
        slow.isStalled = true
        let padding = String(repeating: "x", count: 500)
        for number in 0..<200 {
            bed.service.broadcast("\(number) \(padding)", mayBeDropped: false)
            await TestClient.waitForIteration()
        }
        slow.isStalled = false
        await slow.waitForEnd()
        // The server notices the end a little later.
        await bed.waitForConnections(0)
        let numbers = slow.texts.compactMap { Int($0.split(separator: " ")[0]) }
        #expect(numbers == Array(0..<numbers.count))
        #expect(slow.closeCode == 1008)
        #expect(bed.service.disconnects == 1)
        #expect(bed.count("leadville_websocket_too_slow_total{server=\"test\"} 1"))
    }

    @Test("a protocol error is answered with its code and counted")
    func protocolError() async throws {
        let bed = TestServer()
        let client = try TestClient(to: bed.server)
        await client.upgrade()
        client.send([0x81, 0x01, 0x61])
        await client.waitForEnd()
        #expect(client.closeCode == 1002)
        #expect(bed.count("leadville_websocket_faults_total{server=\"test\",reason=\"unmasked_frame\"} 1"))
    }

    @Test("a shutdown sends close frames, and closes unresponsive clients in time")
    func shutDown() async throws {
        let bed = TestServer()
        let responsive = try TestClient(to: bed.server)
        let unresponsive = try TestClient(to: bed.server)
        await responsive.upgrade()
        await unresponsive.upgrade()
        bed.service.broadcast("last words")
        let ending = Task { @ReactorActor in await bed.server.shutDown(within: .seconds(5)) }
        await responsive.wait { $0.closeCode != nil }
        await unresponsive.wait { $0.closeCode != nil }
        #expect(responsive.texts == ["last words"] && responsive.closeCode == 1001)
        responsive.send([0x88, 0x80, 0, 0, 0, 0])
        await TestClient.waitForIteration()
        bed.advance(.seconds(5))
        await ending.value
        await unresponsive.waitForEnd()
        #expect(bed.service.disconnects == 2)
        responsive.end()
    }
}
