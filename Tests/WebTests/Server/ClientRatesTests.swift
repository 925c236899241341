import Clocks
import Network
import Reactor
import Testing

@testable import Web

@Suite("Buckets of hosts") struct HostBucketsTests {
    private static let rate = TokenBucket.Rate(perSecond: 10, burst: 2)
    private let start = MonotonicTime(nanoseconds: 1_000_000_000_000)

    private func host(_ text: String) throws -> IPAddress {
        try #require(IPAddress(v4: text) ?? IPAddress(v6: text))
    }

    @Test("one host has no influence on another; a network of IPv6 is one host")
    func independence() throws {
        var buckets = HostBuckets(Self.rate)
        let greedy = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3", "2001:db8::1"]
        let waits = try greedy.map { buckets.spend(from: try host($0), at: start) }
        #expect(waits == [nil, nil, .milliseconds(100), .milliseconds(100)])
        for other in ["2001:db8:0:1::1", "192.0.2.1", "::ffff:192.0.2.2"] {
            let wait = buckets.spend(from: try host(other), at: start)
            #expect(wait == nil, "\(other)")
        }
        #expect(buckets.hostCount == 4)
    }

    @Test("the number of hosts is bounded, and one that floods is not forgotten for new ones")
    func bounds() throws {
        var buckets = HostBuckets(Self.rate)
        let greedy = try host("192.0.2.1")
        for number in 0..<3 * HostBuckets.maximumHosts {
            let now = start + .milliseconds(Int64(number) * 10)
            while buckets.spend(from: greedy, at: now) == nil {}
            let wait = buckets.spend(from: try host("2001:db8:0:\(String(number, radix: 16))::7"), at: now)
            #expect(wait == nil)
        }
        #expect(buckets.hostCount == HostBuckets.maximumHosts)
        let wait = buckets.spend(from: greedy, at: start + .milliseconds(Int64(3 * HostBuckets.maximumHosts - 1) * 10))
        #expect(wait != nil)
    }

    @Test("thirty pages that ask 60 times a second behind one address, and load at the same time, are not limited")
    func pollingPages() throws {
        let settings = ClientRates.Settings()
        var buckets = HostBuckets(
            TokenBucket.Rate(
                perSecond: settings.requestsPerSecond, burst: settings.requestsPerSecond * ClientRates.burstSeconds))
        let address = try host("192.168.4.1")
        for _ in 0..<30 * 40 { #expect(buckets.spend(from: address, at: start) == nil) }
        for tick in 0..<60 * 60 {
            let now = start + Nanoseconds(Int64(tick) * 1_000_000_000 / 60)
            let rejects = (0..<30).count { _ in buckets.spend(from: address, at: now) != nil }
            #expect(rejects == 0)
        }
    }
}

@Suite("Rates of clients") @ReactorActor
struct ClientRatesTests {
    private static func rates(_ change: (inout ClientRates.Settings) -> Void = { _ in }) -> ClientRates {
        var settings = ClientRates.Settings()
        (settings.requestsPerSecond, settings.messagesPerSecond) = (1, 1)
        change(&settings)
        return ClientRates(settings)
    }

    private static let request = "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"

    /// How many requests were answered before the first 429.
    private static func admitted(_ text: String) -> Int {
        let end = text.utf8.firstRange(of: "HTTP/1.1 429".utf8)?.lowerBound ?? text.endIndex
        return String(text[..<end]).occurrences(of: "HTTP/1.1 200")
    }

    @Test("a host that sends too many requests is answered 429, then rests, then is served again")
    func requests() async throws {
        let bed = TestServer(rates: Self.rates())
        let client = try TestClient(to: bed.server, roomBytes: 65_536, from: "192.0.2.1")
        client.send(String(repeating: Self.request, count: 100))
        await client.waitForText("\r\n\r\n{\"error\":\"Too many requests from this address")
        #expect(Self.admitted(client.text) >= 5)
        #expect(client.text.contains("\r\nRetry-After: 1\r\n") && client.text.contains(#""reason":"limit","detail":"#))
        #expect(bed.count(#"leadville_web_limits_reached_total{server="test",limit="requests"} 1"#))
        // The rest waits, and no other host does.
        for _ in 0..<3 { await TestClient.waitForIteration() }
        #expect(client.text.occurrences(of: "HTTP/1.1 429") == 1)
        let other = try TestClient(to: bed.server, from: "192.0.2.2")
        other.send(Self.request)
        await other.waitForText("hello")
        // Requests that had to wait are served, or rejected again.
        let before = client.text.occurrences(of: "HTTP/1.1 ")
        bed.advance(.seconds(1))
        await client.wait { $0.text.occurrences(of: "HTTP/1.1 ") > before }
        #expect(!client.hasEnded)
        client.end()
        other.end()
    }

    @Test("a request whose body would be rejected is answered before the body is sent")
    func expectation() async throws {
        let bed = TestServer(rates: Self.rates())
        let client = try TestClient(to: bed.server, roomBytes: 65_536, from: "192.0.2.1")
        let head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
        client.send(String(repeating: head + "\r\nx", count: 5) + head + "Expect: 100-continue\r\n\r\n")
        await client.wait { $0.text.contains("HTTP/1.1 429 ") || $0.text.contains("HTTP/1.1 100 ") }
        // Unless a second has passed meanwhile, on a very busy machine.
        if client.text.contains("HTTP/1.1 429 ") { await client.waitForEnd() }
        client.end()
    }

    @Test("programs on this machine are exempt, but not the clients of a proxy there")
    func thisMachine() async throws {
        let bed = TestServer(rates: Self.rates())
        let program = try TestClient(to: bed.server, roomBytes: 262_144, from: "127.0.0.1")
        program.send(String(repeating: Self.request, count: 100))
        await program.wait { $0.text.occurrences(of: "HTTP/1.1 200") == 100 }
        let proxy = try TestClient(to: bed.server, roomBytes: 262_144, from: "127.0.0.1")
        let forwarded = Self.request.dropLast() + "X-Forwarded-For: 192.0.2.1\r\n\r\n"
        proxy.send(String(repeating: String(forwarded), count: 50) + Self.request)
        // Its connection does not rest, because others use it.
        await proxy.wait { $0.text.occurrences(of: "HTTP/1.1 ") == 51 }
        #expect(proxy.text.contains("HTTP/1.1 429 ") && Self.admitted(proxy.text) >= 5)
        #expect(proxy.text.hasSuffix("hello"))
        let limited = TestServer(rates: Self.rates { $0.limitsThisMachine = true })
        let greedy = try TestClient(to: limited.server, roomBytes: 65_536, from: "127.0.0.1")
        greedy.send(String(repeating: Self.request, count: 100))
        await greedy.waitForText("HTTP/1.1 429 ")
        for client in [program, proxy, greedy] { client.end() }
    }

    @Test("messages of a host that sends too many wait, and none is lost")
    func messages() async throws {
        // The pings of its time would not be answered.
        let bed = TestServer(service: TestService { $0.keepalive = .off }, rates: Self.rates())
        let client = try TestClient(to: bed.server, roomBytes: 65_536, from: "192.0.2.1")
        await client.upgrade()
        for number in 0..<20 { client.sendFrame(.text, "message \(number)") }
        await client.wait { $0.texts.count >= 6 }
        await TestClient.waitForIteration()
        #expect(client.texts.count < 20)
        // Another host need not wait.
        let other = try TestClient(to: bed.server, from: "192.0.2.2")
        await other.upgrade()
        other.sendFrame(.text, "hello")
        await other.wait { $0.texts == ["hello"] }
        for _ in 0..<20 where client.texts.count < 20 {
            bed.advance(.seconds(30))
            let before = client.texts.count
            await client.wait { $0.texts.count > before }
        }
        #expect(!bed.count(#"leadville_web_limits_reached_total{server="test",limit="messages"} 0"#))
        #expect(client.texts == (0..<20).map { "message \($0)" })
        client.end()
        other.end()
    }

    @Test("0 means any number")
    func unlimited() throws {
        let rates = Self.rates {
            ($0.connectionsPerSecond, $0.requestsPerSecond, $0.messagesPerSecond) = (0, 0, 0)
        }
        let host = try #require(IPAddress(v4: "192.0.2.1"))
        for _ in 0..<100_000 {
            #expect(rates.countConnection(from: host, at: MonotonicTime(nanoseconds: 0)) == nil)
            #expect(rates.admitRequest(from: host, at: MonotonicTime(nanoseconds: 0)) == nil)
            #expect(rates.countMessage(from: host, at: MonotonicTime(nanoseconds: 0)) == nil)
        }
    }
}
