import Clocks
import Network
import Reactor
import Testing

@testable import Web

@Suite("Rate of new connections") @ReactorActor
struct ConnectionRateTests {
    private static let request = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"
    private static let counter = #"leadville_web_limits_reached_total{server="test",limit="new_connections"}"#

    /// One connection a second, and five at once.
    private static func rates(thisMachine: Bool = false) -> ClientRates {
        var settings = ClientRates.Settings()
        settings.connectionsPerSecond = 1
        settings.limitsThisMachine = thisMachine
        return ClientRates(settings)
    }

    /// Connects and sends a request.
    private static func clients(_ count: Int, of bed: TestServer, from host: String) throws -> [TestClient] {
        try (0..<count).map { _ in
            let client = try TestClient(to: bed.server, from: host)
            client.send(request)
            return client
        }
    }

    private static func waitForIterations() async {
        for _ in 0..<5 { await TestClient.waitForIteration() }
    }

    @Test("a thousand clients behind one address are served at once after a restart; more of them wait their turn")
    func restart() throws {
        let rates = ClientRates()
        let host = try #require(IPAddress(v4: "192.168.4.1"))
        let start = MonotonicTime(nanoseconds: 1_000_000_000)
        let waits = (0..<1_400).map { _ in rates.countConnection(from: host, at: start) }
        #expect(waits.prefix(1_000).allSatisfy { $0 == nil })
        #expect(waits[1_000] == .milliseconds(5) && waits[1_399] == .seconds(2))
        let other = try #require(IPAddress(v4: "192.168.4.2"))
        #expect(rates.countConnection(from: other, at: start) == nil)
        // They come back with time.
        #expect(rates.countConnection(from: host, at: start + .seconds(3)) == nil)
    }

    @Test("connections above the rate wait, and are then served in their order; those of other hosts do not wait")
    func waiting() async throws {
        let bed = TestServer(rates: Self.rates())
        let clients = try Self.clients(8, of: bed, from: "192.0.2.1")
        let other = try Self.clients(1, of: bed, from: "192.0.2.2")
        for client in clients.prefix(5) + other { await client.waitForText("hello") }
        await Self.waitForIterations()
        #expect(bed.count(Self.counter + " 3"))
        for next in 5..<8 {
            #expect(clients[next...].allSatisfy { $0.received.isEmpty && !$0.hasEnded })
            bed.advance(.seconds(1))
            await clients[next].waitForText("hello")
            await Self.waitForIterations()
        }
        for client in clients + other { client.end() }
    }

    @Test("a wait that is longer than the time for a request is none of the client's time")
    func patience() async throws {
        let bed = TestServer(rates: Self.rates())
        let clients = try Self.clients(25, of: bed, from: "192.0.2.1")
        for _ in 0..<19 {
            bed.advance(.seconds(1))
            await Self.waitForIterations()
        }
        #expect(!clients[24].hasEnded && clients[24].received.isEmpty)
        bed.advance(.seconds(1))
        await clients[24].waitForText("hello")
        for client in clients { client.end() }
    }

    @Test("a connection that waits holds one of its address's places, also when the client has left")
    func places() async throws {
        let bed = TestServer({ $0.maximumClientsPerAddress = 7 }, rates: Self.rates())
        let clients = try Self.clients(7, of: bed, from: "192.0.2.1")
        clients[6].end()
        await Self.waitForIterations()
        let rejected = try Self.clients(1, of: bed, from: "192.0.2.1")
        await rejected[0].waitForText("HTTP/1.1 503 ")
        // What was rejected has not made the others wait longer.
        bed.advance(.seconds(2))
        await clients[5].waitForText("hello")
        for client in clients.prefix(6) + rejected { client.end() }
        bed.advance(.seconds(10))
        await bed.waitForConnections(0)
        let later = try Self.clients(1, of: bed, from: "192.0.2.1")
        await later[0].waitForText("hello")
        later[0].end()
    }

    @Test("a shutdown closes connections that wait")
    func shutdown() async throws {
        let bed = TestServer(rates: Self.rates())
        let clients = try Self.clients(6, of: bed, from: "192.0.2.1")
        for client in clients.prefix(5) { await client.waitForText("hello") }
        let isDone = Task { @ReactorActor in await bed.server.shutDown(within: .seconds(60)) }
        await clients[5].waitForEnd()
        #expect(clients[5].received.isEmpty)
        for client in clients { client.end() }
        await isDone.value
    }

    @Test("programs on this machine are exempt, unless they are limited as well", arguments: [false, true])
    func thisMachine(isLimited: Bool) async throws {
        let bed = TestServer(rates: Self.rates(thisMachine: isLimited))
        let clients = try Self.clients(6, of: bed, from: "127.0.0.1")
        for client in clients.prefix(isLimited ? 5 : 6) { await client.waitForText("hello") }
        #expect(bed.count(Self.counter + (isLimited ? " 1" : " 0")))
        for client in clients { client.end() }
    }
}
