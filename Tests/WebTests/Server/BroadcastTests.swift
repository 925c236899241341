import Network
import Reactor
import Testing

@testable import Web

/// With one system call for many clients, and with one for each.
@Suite("Broadcasts") @ReactorActor
struct BroadcastTests {
    @Test("more clients than one system call serves: each receives all messages in order", arguments: [true, false])
    func manyClients(usesRing: Bool) async throws {
        let service = TestService(sends: SendBatch(usesRing: usesRing))
        let bed = TestServer(service: service)
        let clients = try (0..<SendBatch.capacity + 6).map { _ in try TestClient(to: bed.server) }
        for client in clients { await client.upgrade() }
        for number in 0..<20 {
            service.broadcast("\(number)")
            if number.isMultiple(of: 3) { await TestClient.waitForIteration() }
        }
        for client in clients {
            await client.wait { $0.texts.count == 20 }
            #expect(client.texts == (0..<20).map(String.init))
            client.end()
        }
    }

    @Test("clients that do not read receive everything later; the others at once", arguments: [true, false])
    func stalledClients(usesRing: Bool) async throws {
        let service = TestService(sends: SendBatch(usesRing: usesRing))
        let bed = TestServer({ $0.queueLimit = 1_000_000 }, service: service)
        let clients = try (0..<12).map { _ in try TestClient(to: bed.server) }
        for client in clients { await client.upgrade() }
        let stalled = clients.indices.filter { $0.isMultiple(of: 3) }.map { clients[$0] }
        for client in stalled { client.isStalled = true }
        // Longer than the socket of a client that does not read accepts: messages are cut anywhere.
        let padding = String((0..<7_001).map { Character(UnicodeScalar(UInt8(97 + $0 % 26))) })
        let messages = (0..<40).map { "\($0) \(padding)" }
        let others = clients.indices.filter { !$0.isMultiple(of: 3) }.map { clients[$0] }
        for (index, message) in messages.enumerated() {
            service.broadcast(message)
            for client in others { await client.wait { $0.texts.count == index + 1 } }
        }
        #expect(service.clients.count { $0.queuedBytes > 100_000 } == stalled.count)
        for client in stalled { client.isStalled = false }
        for client in clients {
            await client.wait { $0.texts.count == messages.count }
            // A difference is not shown in 280,000 characters.
            let isSame = client.texts == messages
            #expect(isSame, "\(client.texts.map(\.count))")
            client.end()
        }
    }

    @Test(
        "what a service sends when a broadcast finds a client gone reaches all others once, in order",
        arguments: [true, false])
    func departure(usesRing: Bool) async throws {
        let service = TestService(sends: SendBatch(usesRing: usesRing))
        let bed = TestServer(service: service)
        let clients = try [TestClient(to: bed.server), TestClient(to: bed.server), TestClient(to: bed.server)]
        for client in clients { await client.upgrade() }
        service.onDisconnect = { service.broadcast("one left") }
        // At the end of an iteration: the loop cannot find the client gone before the broadcast does.
        let departure = EndAction {
            clients[1].end()
            service.broadcast("first")
        }
        EventLoop.shared.callAtEndOfIteration(departure)
        for client in [clients[0], clients[2]] { await client.wait { $0.texts.count == 2 } }
        service.broadcast("last")
        for client in [clients[0], clients[2]] {
            await client.wait { $0.texts.count == 3 }
            #expect(client.texts == ["first", "one left", "last"])
        }
        service.onDisconnect = nil
        clients[0].end()
        clients[2].end()
    }

    @Test("clients found gone together, and what their departures send", arguments: [true, false])
    func departures(usesRing: Bool) async throws {
        let service = TestService(sends: SendBatch(usesRing: usesRing))
        let bed = TestServer(service: service)
        let clients = try (0..<SendBatch.capacity + 6).map { _ in try TestClient(to: bed.server) }
        for client in clients { await client.upgrade() }
        service.onDisconnect = { service.broadcast("left: \(service.disconnects)") }
        let gone = Set([0, 1, 30, 63, 64, 69])
        let departure = EndAction {
            for index in gone { clients[index].end() }
            service.broadcast("first")
        }
        EventLoop.shared.callAtEndOfIteration(departure)
        let expected = ["first"] + (1...gone.count).map { "left: \($0)" }
        for (index, client) in clients.enumerated() where !gone.contains(index) {
            await client.wait { $0.texts.count == expected.count }
            #expect(client.texts == expected)
        }
        #expect(service.group.count == clients.count - gone.count)
        service.onDisconnect = nil
        for (index, client) in clients.enumerated() where !gone.contains(index) { client.end() }
    }
}

/// Calls a closure at the end of an iteration of the loop.
@ReactorActor
private final class EndAction: IterationEndHandler {
    private let action: () -> Void

    init(_ action: @escaping () -> Void) {
        self.action = action
    }

    func iterationEnded() { action() }
}
