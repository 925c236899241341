import Events
import Testing

@testable import Drivers

@Suite("The table of known devices: its limits")
struct KnownDevicesLimitTests {
    private static func id(_ number: Int) -> DeviceID { DeviceID("device-\(number)") }

    @Test("the one that was only listed and not heard for the longest makes room")
    func eviction() {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 3))
        for number in 0..<3 { known.discover(Self.id(number), at: Int64(number)) }
        known.discover(Self.id(0), at: 10)
        known.discover(Self.id(3), at: 11)
        #expect(Set(known.records.keys) == [Self.id(0), Self.id(2), Self.id(3)])
        #expect(known.rejected == 0)
    }

    @Test("what is used, named or assigned stays; then there is no room, and that is counted")
    func staying() throws {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 3))
        for number in 0..<3 { known.discover(Self.id(number), .bt50, at: Int64(number)) }
        _ = try known.decide(Self.id(0), DeviceDecision(adopt: true))
        _ = try known.decide(Self.id(1), DeviceDecision(name: "Left"))
        _ = try known.decide(Self.id(2), DeviceDecision(target: "T1"))
        let sighting = known.discover(Self.id(3), at: 9)
        #expect(sighting == .init(adoption: .ignore, event: nil))
        #expect(known.records.count == 3)
        #expect(known.rejected == 1)
    }

    @Test("those that the user has forgotten go last, because they would come back")
    func forgottenLast() throws {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 2))
        known.discover(Self.id(0), at: 0)
        _ = try known.decide(Self.id(0), DeviceDecision(forget: true))
        known.discover(Self.id(1), at: 1)
        known.discover(Self.id(2), at: 2)
        #expect(Set(known.records.keys) == [Self.id(0), Self.id(2)])
    }

    @Test("a flood of names by radio is not adopted without end")
    func flood() throws {
        var known = KnownDevices(limits: .init(records: 8, adoptedUnasked: 2))
        for number in 0..<100 { known.discover(Self.id(number), at: Int64(number)) }
        #expect(known.records.count == 8)
        #expect(known.records.values.count { $0.adoption == .use } == 2)
        #expect(known[Self.id(0)]?.adoption == .use)
        // One that has a name was asked for.
        _ = try known.decide(Self.id(0), DeviceDecision(name: "Mine"))
        #expect(known.discover(Self.id(200), at: 200).adoption == .use)
    }

    @Test("boards that send datagrams make room once they are silent, and not before")
    func network() {
        var known = KnownDevices(limits: .init(records: 2, adoptedUnasked: 0))
        for number in 0..<2 {
            #expect(known.discover(Self.id(number), .esp32Heart, by: .network, at: 0).adoption == .use)
            _ = known.markConnected(Self.id(number), at: .at(0))
        }
        known.discover(Self.id(2), .esp32Heart, by: .network, at: 1)
        #expect(known[Self.id(2)] == nil)
        #expect(known.rejected == 1)
        _ = known.markDisconnected(Self.id(0), .silent, at: .at(2))
        known.discover(Self.id(2), .esp32Heart, by: .network, at: 3)
        #expect(known[Self.id(2)] != nil)
        #expect(known[Self.id(0)] == nil)
    }

    @Test("more than the limit is not remembered over a restart either")
    func remembered() {
        var known = KnownDevices()
        for number in 0..<5 { known.discover(Self.id(number), at: 0) }
        #expect(KnownDevices(Array(known.records.values), limits: .init(records: 3)).records.count == 3)
    }
}
