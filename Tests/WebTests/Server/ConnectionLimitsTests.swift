import Network
import Testing

@testable import Web

@Suite("Connection limits") struct ConnectionLimitsTests {
    private let host = IPAddress(v4: "192.0.2.1")
    private let thisMachine = IPAddress(v4: "127.0.0.1")

    @Test("one address gets a part of the places, and a disconnect makes room")
    func perAddress() throws {
        var limits = ConnectionLimits(maximum: 1_000, perAddress: 3)
        let (host, other) = (try #require(host), try #require(IPAddress(v4: "192.0.2.2")))
        let rejects = [host, host, host, host, host, other].map { limits.add($0) }
        #expect(rejects == [nil, nil, nil, .address, .address, nil])
        limits.remove(host)
        let later = [host, host].map { limits.add($0) }
        #expect(later == [nil, .address])
    }

    @Test("all addresses of an IPv6 network count as one")
    func network() throws {
        var limits = ConnectionLimits(maximum: 1_000, perAddress: 2)
        let hosts = ["2001:db8::1", "2001:db8::2:0", "2001:db8::3", "2001:db8:0:1::1"].compactMap { IPAddress(v6: $0) }
        #expect(hosts.count == 4)
        let rejects = hosts.map { limits.add($0) }
        #expect(rejects == [nil, nil, .address, nil])
    }

    @Test("programs on the same machine have no limit of their own, and the last places")
    func thisMachinesPlaces() throws {
        var limits = ConnectionLimits(maximum: 100, perAddress: 1_000)
        let (host, thisMachine) = (try #require(host), try #require(thisMachine))
        let remote = (0..<100).map { _ in limits.add(host) }
        #expect(remote.count { $0 == nil } == 90)
        #expect(remote.last == .connections)
        let local = (0..<11).map { _ in limits.add(thisMachine) }
        #expect(local.count { $0 == nil } == 10)
        #expect(local.last == .connections)
    }

    @Test("on request one address of the same machine has a limit as well")
    func limitedMachine() throws {
        var limits = ConnectionLimits(maximum: 1_000, perAddress: 2, limitsThisMachine: true)
        let (first, second) = (try #require(thisMachine), try #require(IPAddress(v4: "127.0.0.2")))
        let rejects = [first, first, first, second].map { limits.add($0) }
        #expect(rejects == [nil, nil, .address, nil])
        limits.remove(first)
        let later = limits.add(first)
        #expect(later == nil)
    }

    @Test("WebSockets leave some places to HTTP requests")
    func webSockets() {
        var limits = ConnectionLimits(maximum: 100, perAddress: 1_000)
        let admitted = (0..<100).count { _ in limits.addWebSocket() }
        #expect(admitted == 90)
        limits.removeWebSocket()
        let isAdmitted = limits.addWebSocket()
        #expect(isAdmitted)
    }
}
