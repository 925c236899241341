import Clocks
import Network
import Reactor
import Testing

@Suite("UDP") @ReactorActor
struct DatagramTests {
    @Test("the cached name equals the address's host, for any number of hosts")
    func hostNames() throws {
        var names = HostNameCache()
        let hosts = (0..<300).map { "10.0.\($0 % 7).\($0 % 256)" } + ["::1", "fe80::1:2", "::ffff:10.0.0.1", "::"]
        for host in hosts + hosts.reversed() {
            let address = try SocketAddress(host: host, port: 9)
            #expect(names.name(of: address) == address.host)
        }
        #expect(names.name(of: try SocketAddress(host: "::ffff:10.0.0.1", port: 1)) == "10.0.0.1")
        #expect(names.name(of: .any(port: 1)) == "::" && names.name(of: .anyIPv4(port: 1)) == "0.0.0.0")
    }

    @Test("a short address does not affect a longer one received later")
    func mixedSources() async throws {
        let (sources, continuation) = AsyncStream.makeStream(of: String.self)
        let receiver = try DatagramReceiver(at: Endpoint(port: 0), purpose: "test") {
            continuation.yield($0.source.host)
        }
        defer { receiver.close() }
        var iterator = sources.makeAsyncIterator()
        for host in ["::1", "127.0.0.1", "::1", "127.0.0.1"] {
            let address = try SocketAddress(host: host, port: receiver.localAddress.port)
            try DatagramSender(to: address).send([1])
            #expect(await iterator.next() == host)
        }
    }

    @Test("datagrams from elsewhere are not handled but counted, also in a flood")
    func foreignSources() async throws {
        let (sources, continuation) = AsyncStream.makeStream(of: String.self)
        let receiver = try DatagramReceiver(at: Endpoint(port: 0), purpose: "test") {
            continuation.yield($0.source.host)
        }
        defer { receiver.close() }
        receiver.sources = [try IPNetwork("::1")]
        var foreign: UInt64 = 0
        receiver.onForeignSource = { count, source in
            foreign += count
            if source.host != "127.0.0.1" { foreign = 0 }
        }
        let port = receiver.localAddress.port
        let elsewhere = try DatagramSender(to: SocketAddress(host: "127.0.0.1", port: port))
        for _ in 0..<200 { elsewhere.send([1]) }
        try DatagramSender(to: SocketAddress(host: "::1", port: port)).send([1])
        var iterator = sources.makeAsyncIterator()
        #expect(await iterator.next() == "::1")
        #expect(foreign == 200)
    }

    @Test("one socket receives IPv4 and IPv6, and shows IPv4 senders as IPv4", arguments: ["127.0.0.1", "::1"])
    func bothFamilies(host: String) async throws {
        let (sources, continuation) = AsyncStream.makeStream(of: String.self)
        let receiver = try DatagramReceiver(at: Endpoint(port: 0), purpose: "test") { datagram in
            continuation.yield("\(datagram.source.host) \(String(decoding: datagram.bytes, as: UTF8.self))")
        }
        defer { receiver.close() }
        let address = try SocketAddress(host: host, port: receiver.localAddress.port)
        try DatagramSender(to: address).send(Array("hello".utf8))
        var iterator = sources.makeAsyncIterator()
        #expect(await iterator.next() == "\(host) hello")
    }

    @Test("a datagram of the maximum length arrives complete, a longer one is marked as truncated")
    func lengths() async throws {
        let (lengths, continuation) = AsyncStream.makeStream(of: (Int, Bool).self)
        let receiver = try DatagramReceiver(at: Endpoint(host: "127.0.0.1", port: 0), purpose: "test") { datagram in
            continuation.yield((datagram.bytes.count, datagram.isTruncated))
        }
        defer { receiver.close() }
        let sender = try DatagramSender(to: receiver.localAddress)
        var iterator = lengths.makeAsyncIterator()
        for (length, truncated) in [(0, false), (16_384, false), (16_385, true)] {
            sender.send([UInt8](repeating: 7, count: length))
            let received = await iterator.next()
            #expect(received?.0 == min(length, DatagramReceiver.maximumLength))
            #expect(received?.1 == truncated)
        }
    }

    @Test(
        "a burst is handled in order: at once while there is time, else in as many iterations as it takes",
        arguments: [(Nanoseconds.zero, 1), (.milliseconds(3), 200)]
    )
    func burst(step: Nanoseconds, expected: Int) async throws {
        var time = MonotonicTime(nanoseconds: 1)
        var numbers: [UInt8] = []
        var batches = 0
        let (done, continuation) = AsyncStream.makeStream(of: Void.self)
        let receiver = try DatagramReceiver(
            at: Endpoint(host: "127.0.0.1", port: 0), purpose: "test",
            now: {
                time = time + step
                return time
            },
            onBatchEnd: {
                batches += 1
                if numbers.count == 200 { continuation.finish() }
            },
            onDatagram: { numbers.append(contentsOf: $0.bytes) })
        defer { receiver.close() }
        let sender = try DatagramSender(to: receiver.localAddress)
        for number in 0..<200 { sender.send([UInt8(number)]) }
        for await _ in done {}
        #expect(numbers == Array(0..<200))
        #expect(batches == expected)
    }

    @Test("the error for a port in use says what to do")
    func portInUse() throws {
        let first = try DatagramReceiver(at: Endpoint(host: "127.0.0.1", port: 0), purpose: "first") { _ in }
        defer { first.close() }
        let endpoint = Endpoint(host: "127.0.0.1", port: first.localAddress.port)
        #expect {
            try DatagramReceiver(at: endpoint, purpose: "heart boards (UDP)") { _ in }
        } throws: { error in
            "\(error)" == "heart boards (UDP): \(endpoint) is already in use; "
                + "stop the other program or configure another port"
        }
    }

    @Test("distinguishes a foreign address from an unknown host")
    func badHosts() {
        #expect(throws: BindError.self) {
            try DatagramReceiver(at: Endpoint(host: "192.0.2.1", port: 0), purpose: "test") { _ in }
        }
        #expect(throws: AddressError.self) {
            try DatagramReceiver(at: Endpoint(host: "not a host", port: 0), purpose: "test") { _ in }
        }
    }
}
