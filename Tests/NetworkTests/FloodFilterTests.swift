import Clocks
import Glibc
import Reactor
import TestSupport
import Testing

@testable import Network

@Suite("Flood filter") struct FloodFilterTests {
    private static func source(_ host: String, _ port: UInt16 = 5_000) -> FairQueueSource {
        let unknown = IPAddress(high: 0, low: 0)
        return FairQueueSource(host: IPAddress(v4: host) ?? IPAddress(v6: host) ?? unknown, port: port)
    }

    private static func time(_ milliseconds: Int64) -> MonotonicTime {
        MonotonicTime(nanoseconds: 0) + .milliseconds(milliseconds)
    }

    /// A filter that has seen so many drops of each source in every window of 20 ms until `end`.
    private static func flooded(
        _ drops: [FairQueueSource: Int], of filter: FloodFilter = FloodFilter(), from start: Int64 = 0, until end: Int64
    ) -> FloodFilter {
        var filter = filter
        for step in stride(from: start, through: end, by: 20) {
            for (source, count) in drops {
                for _ in 0..<count { filter.recordDrop(from: source) }
            }
            _ = filter.update(at: time(step))
        }
        return filter
    }

    @Test("a source that goes on losing more than its share is filtered, one that loses little is not")
    func flood() {
        let filter = Self.flooded([Self.source("10.0.0.1"): 1_000, Self.source("10.0.0.2"): 2], until: 40)
        #expect(filter.sources == [Self.source("10.0.0.1")])
        #expect(filter.divisor > 1)
    }

    @Test("many sources that flood together are filtered, and not an honest one among them")
    func manySources() {
        let flood = (1...100).map { (Self.source("10.0.1.\($0)"), 30) }
        let drops = Dictionary(uniqueKeysWithValues: flood + [(Self.source("10.0.0.2"), 2)])
        #expect(Self.flooded(drops, until: 40).sources == Set(flood.map(\.0)))
        // A few drops in all are no flood.
        #expect(Self.flooded([Self.source("10.0.0.1"): 200], until: 1_000).isEmpty)
    }

    @Test("a burst is not a flood, nor are two bursts a second apart")
    func bursts() {
        var filter = FloodFilter()
        for start in [Int64(0), 1_000, 5_000] {
            for _ in 0..<10_000 { filter.recordDrop(from: Self.source("10.0.0.1")) }
            let hasChanged = filter.update(at: Self.time(start))
            #expect(!hasChanged)
        }
        #expect(filter.isEmpty)
    }

    @Test("while the flood exceeds what can be processed, less and less of it is let through")
    func restriction() {
        let flood = [Self.source("10.0.0.1"): 1_000]
        var divisors: [UInt32] = []
        var filter = FloodFilter()
        for step in 0..<4 {
            filter = Self.flooded(flood, of: filter, from: Int64(step) * 20, until: Int64(step) * 20)
            divisors.append(filter.divisor)
        }
        #expect(divisors == [1, 8, 64, 64])
    }

    @Test("when the flood is over, more and more is let through, and at last everything")
    func relaxation() {
        var filter = Self.flooded([Self.source("10.0.0.1"): 1_000], until: 20)
        #expect(filter.divisor == 8)
        var changes: [UInt32] = []
        // As long as the kernel drops as much, nothing changes.
        for step in stride(from: Int64(100), through: 10_000, by: 500) {
            filter.recordFiltered(100_000)
            let hasChanged = filter.update(at: Self.time(step))
            #expect(!hasChanged)
        }
        for step in stride(from: Int64(10_100), through: 20_000, by: 500) where filter.update(at: Self.time(step)) {
            changes.append(filter.divisor)
        }
        #expect(changes == [4, 2, 1])
        #expect(filter.isEmpty)
    }

    @Test("the greediest sources are filtered first, and invented ones use no memory")
    func bounds() {
        var limits = FloodFilter.Limits()
        limits.sources = 2
        limits.countedSources = 10
        var drops: [FairQueueSource: Int] = [:]
        for host in 1...4 { drops[Self.source("10.0.0.\(host)")] = 1_000 * host }
        let filter = Self.flooded(drops, of: FloodFilter(limits), until: 20)
        #expect(filter.sources == [Self.source("10.0.0.3"), Self.source("10.0.0.4")])
        var crowded = FloodFilter(limits)
        for port in 1...1_000 { crowded.recordDrop(from: Self.source("10.0.0.9", UInt16(port))) }
        for _ in 0..<1_000 { crowded.recordDrop(from: Self.source("10.0.0.9", 1_001)) }
        _ = crowded.update(at: Self.time(0))
        _ = crowded.update(at: Self.time(20))
        #expect(crowded.isEmpty)
    }

    /// What one host drops in each window, from so many ports; and how many of its datagrams are accepted.
    private static func flooded(
        by host: String, ports: Int, dropsPerPort: Int, accepted: Int = 0, honest: [FairQueueSource: Int] = [:]
    ) -> FloodFilter {
        var filter = FloodFilter()
        for step in stride(from: Int64(0), through: 40, by: 20) {
            for port in 1...ports {
                for _ in 0..<dropsPerPort { filter.recordDrop(from: source(host, UInt16(port))) }
            }
            for (source, count) in honest {
                for _ in 0..<count { filter.recordDrop(from: source) }
            }
            for _ in 0..<accepted { filter.recordAccepted(from: source(host).host) }
            _ = filter.update(at: time(step))
        }
        return filter
    }

    @Test("a host that floods from many ports, few datagrams each, is filtered with all of its ports")
    func manyPorts() {
        let honest = [Self.source("10.0.0.2"): 2]
        let filter = Self.flooded(by: "10.0.0.1", ports: 2_000, dropsPerPort: 1, accepted: 300, honest: honest)
        #expect(filter.sources == [Self.source("10.0.0.1", 0)])
        // Of IPv6 it is the network, whichever of its addresses it uses.
        let v6 = Self.flooded(by: "2001:db8::1:7", ports: 2_000, dropsPerPort: 1)
        #expect(v6.sources == [Self.source("2001:db8::", 0)])
    }

    @Test("a host of which the fair queue accepts a good part, or that floods from a few ports, keeps its other ports")
    func honestPorts() {
        #expect(Self.flooded(by: "10.0.0.1", ports: 2_000, dropsPerPort: 1, accepted: 700).isEmpty)
        let few = Self.flooded(by: "10.0.0.1", ports: 32, dropsPerPort: 100)
        #expect(few.sources.count == 32 && !few.sources.contains(Self.source("10.0.0.1", 0)))
    }

    @Test("programs on this machine are distinguished by their ports", arguments: ["127.0.0.1", "127.9.9.9", "::1"])
    func thisMachine(host: String) {
        #expect(Self.flooded(by: host, ports: 2_000, dropsPerPort: 1).isEmpty)
        let heavy = Self.flooded(by: host, ports: 40, dropsPerPort: 100)
        #expect(heavy.sources.count == 40 && heavy.sources.allSatisfy { $0.port > 0 })
    }

    @Test("a host takes the place of its ports, which then find none of their own")
    func hostInsteadOfPorts() {
        let ports = Dictionary(uniqueKeysWithValues: (1...20).map { (Self.source("10.0.0.1", $0), 100) })
        let others = [Self.source("10.0.0.3"): 100]
        var filter = Self.flooded(ports.merging(others) { $1 }, until: 40)
        #expect(filter.sources == Set(ports.keys).union(others.keys))
        let many = Dictionary(uniqueKeysWithValues: (1...2_000).map { (Self.source("10.0.0.1", $0), 1) })
        filter = Self.flooded(many, of: filter, from: 60, until: 80)
        #expect(filter.sources == [Self.source("10.0.0.1", 0), Self.source("10.0.0.3")])
        filter = Self.flooded(ports, of: filter, from: 100, until: 120)
        #expect(filter.sources == [Self.source("10.0.0.1", 0), Self.source("10.0.0.3")])
    }

    @Test("the kernel drops most of what the sources send, and nothing of others", arguments: ["127.0.0.1", "::1"])
    @ReactorActor
    func kernel(host: String) throws {
        let receiver = try BoundSocket.open(
            Int32(SOCK_DGRAM.rawValue), at: Endpoint(host: host == "::1" ? "" : host, port: 0), purpose: "test")
        receiver.setOption(SOL_SOCKET, SO_RCVBUF, 4 << 20)
        let address = try SocketAddress(host: host, port: receiver.localAddress().port)
        let flood = try DatagramSender(to: address), honest = try DatagramSender(to: address)
        // Entries of both families and hosts with all ports, before and behind the one that matters.
        let others = ["10.1.2.3", "fe80::7"].flatMap { [Self.source($0), Self.source($0, 0)] }
        let sources = [Self.source(host, flood.localAddress.port)] + others
        var isAttached = PacketFilter.attach(PacketFilter(dropping: sources, exceptOneOf: 64), to: receiver)
        #expect(isAttached)
        var passed = Self.received(by: receiver, from: [flood], count: 2_000)
        #expect(passed < 200)
        passed = Self.received(by: receiver, from: [honest], count: 50)
        #expect(passed == 50)
        // The host with all of its ports.
        isAttached = PacketFilter.attach(PacketFilter(dropping: [Self.source(host, 0)], exceptOneOf: 64), to: receiver)
        #expect(isAttached)
        passed = Self.received(by: receiver, from: [flood, honest], count: 1_000)
        #expect(passed < 200)
        isAttached = PacketFilter.attach(nil, to: receiver)
        #expect(isAttached)
        passed = Self.received(by: receiver, from: [flood, honest], count: 50)
        #expect(passed == 100)
    }

    /// Counts what arrives. Loopback delivers before `send` returns.
    @ReactorActor
    private static func received(
        by receiver: borrowing OwnedDescriptor, from senders: [DatagramSender], count: Int
    ) -> Int {
        for number in 0..<count { senders.forEach { $0.send([UInt8(truncatingIfNeeded: number)]) } }
        var received = 0
        var byte: UInt8 = 0
        while recv(receiver.number, &byte, 1, 0) == 1 { received += 1 }
        return received
    }
}
