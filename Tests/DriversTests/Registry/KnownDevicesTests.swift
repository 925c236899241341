import Clocks
import Events
import Testing

@testable import Drivers

@Suite("The table of known devices: what happens to them, and what is told of it")
struct KnownDevicesTests {
    private var known = KnownDevices()
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")

    @Test("the first contact adopts it and tells everybody once", arguments: [Adoption.use, .ask, .ignore])
    func firstContact(policy: Adoption) {
        var known = KnownDevices(policy: .init(adoption: policy))
        let first = known.discover(Self.timer, at: 0)
        #expect(first.adoption == policy)
        #expect(first.event?.change == .discovered(signalStrength: -60))
        #expect(first.event?.name == "AMG Lab COMM DC1A")
        #expect(known.discover(Self.timer, at: 1) == .init(adoption: policy, event: nil))
    }

    @Test("another policy changes nothing about devices that are known")
    func policyLater() {
        var known = KnownDevices(policy: .init(adoption: .ask))
        known.discover(Self.timer, at: 0)
        known.policy.adoption = .use
        #expect(known.discover(Self.timer, at: 1).adoption == .ask)
        #expect(known.discover(DeviceID("other"), at: 1).adoption == .use)
    }

    @Test("one that was only heard, and then not for a minute, is discovered anew")
    mutating func rediscovery() {
        known.discover(Self.timer, at: 0)
        #expect(known.discover(Self.timer, at: 60).event == nil)
        #expect(known.discover(Self.timer, at: 121).event != nil)
    }

    @Test("what waits on a cable is there until it is pulled out, and discovered anew when it is plugged in again")
    mutating func waitingOnCable() {
        #expect(known.discover(Self.timer, by: .serial, at: 0).event != nil)
        #expect(known.discover(Self.timer, by: .serial, at: 3_600).event == nil)
        #expect(known.markDisconnected(Self.timer, .unplugged, at: .at(3_601)) == nil)
        #expect(known.discover(Self.timer, by: .serial, at: 3_602).event != nil)
    }

    @Test("connected, lost and connected again: each is told once and counted")
    mutating func connections() {
        known.discover(Self.timer, at: 0)
        #expect(known.markConnected(Self.timer, at: .at(1))?.change == .connected)
        #expect(known.markConnected(Self.timer, at: .at(2)) == nil)
        #expect(known.markDisconnected(Self.timer, .linkLost, at: .at(3))?.change == .lost(.linkLost))
        #expect(known.markDisconnected(Self.timer, .silent, at: .at(4)) == nil)
        #expect(known[Self.timer]?.lastDisconnectReason == .linkLost)
        #expect(known.markConnected(Self.timer, at: .at(5))?.change == .connected)
        #expect(known[Self.timer]?.lastDisconnectReason == nil)
        #expect(known[Self.timer]?.counts == .init(connects: 2, losses: 1))
        #expect(known[Self.timer]?.counts.reconnects == 1)
    }

    @Test("an advertisement that comes while it is connected is no discovery")
    mutating func sightedWhileConnected() {
        known.discover(Self.timer, at: 0)
        _ = known.markConnected(Self.timer, at: .at(1))
        #expect(known.discover(Self.timer, at: 300).event == nil)
        #expect(known[Self.timer]?.link == .connected)
    }

    @Test("nothing is told of devices that nobody has met")
    mutating func strangers() {
        #expect(known.markConnected(Self.timer, at: .at(0)) == nil)
        #expect(known.markDisconnected(Self.timer, .linkLost, at: .at(0)) == nil)
        #expect(known.updateBattery(Self.timer, percent: 1, at: .at(0)) == nil)
        known.updateSignal(Self.timer, -3, at: .at(0))
        known.setWarning(Self.timer, .pushesOff, isActive: true)
        #expect(known.records.isEmpty)
    }

    @Test("a low battery is told once, and again only after it was charged well above the limit")
    mutating func battery() {
        known.discover(Self.timer, at: 0)
        func told(_ percents: [Int]) -> [Int] {
            percents.compactMap { percent in
                guard case .batteryLow(let told) = known.updateBattery(Self.timer, percent: percent, at: .at(1))?.change
                else { return nil }
                return told
            }
        }
        #expect(told([80, 20, 19, 18, 22, 19, 24, 19]) == [19])
        #expect(told([25, 20]) == [])
        #expect(told([19, -4, 300, 0]) == [19, 0])
        #expect(known[Self.timer]?.battery == 0)
    }

    @Test("who wants to hear of no low battery hears of none")
    func noBatteryLimit() {
        var known = KnownDevices(policy: .init(lowBattery: 0))
        known.discover(Self.timer, at: 0)
        #expect(known.updateBattery(Self.timer, percent: 0, at: .at(1)) == nil)
    }

    @Test("the battery of a device that nobody uses is nobody's business")
    func unusedBattery() {
        var known = KnownDevices(policy: .init(adoption: .ignore))
        known.discover(Self.timer, at: 0)
        #expect(known.updateBattery(Self.timer, percent: 3, at: .at(1)) == nil)
        #expect(known[Self.timer]?.battery == 3)
    }

    @Test("a device that turns out to be of another family is another device")
    mutating func otherFamily() throws {
        known.discover(Self.timer, at: 0)
        _ = try known.decide(Self.timer, DeviceDecision(name: "Bay 1"))
        known.discover(Self.timer, .bt50, at: 1)
        #expect(known[Self.timer]?.role == .sensor(target: nil))
        #expect(known[Self.timer]?.givenName == nil)
    }

    @Test("nothing is told of boards that send datagrams, but their records are kept")
    mutating func datagrams() {
        let board = DeviceID("heart-board-1")
        #expect(known.discover(board, .esp32Heart, by: .network, at: 0) == .init(adoption: .use, event: nil))
        #expect(known.markConnected(board, at: .at(0)) == nil)
        #expect(known[board]?.link == .connected)
        #expect(known.markDisconnected(board, .silent, at: .at(1)) == nil)
        #expect(known[board]?.counts == .init(connects: 1, losses: 1))
    }

    @Test("what calls itself as another device does, and comes by another way, changes nothing")
    mutating func impostor() throws {
        known.discover(Self.timer, at: 0)
        _ = try known.decide(Self.timer, DeviceDecision(name: "Bay 1"))
        let before = known
        #expect(known.discover(Self.timer, .esp32Heart, by: .network, at: 1) == .ignored)
        #expect(known == before)
    }

    @Test(
        "no id can break a log, a path or a file", arguments: ["", "a/b", "a\nb", String(repeating: "x", count: 257)])
    mutating func badID(id: String) {
        #expect(known.discover(DeviceID(id), at: 0) == .ignored)
        #expect(known.records.isEmpty)
        #expect(known.rejected == 1)
    }

    @Test("what the configuration names is adopted whatever the policy says, unless the user has said no")
    func askedFor() throws {
        var known = KnownDevices(policy: .init(adoption: .ask))
        func see() -> Adoption {
            known.recordSighting(
                Self.timer, family: .pressureMat, name: nil, transport: .serial, signal: nil, at: .at(0),
                isConfigured: true
            ).adoption
        }
        #expect(see() == .use)
        _ = try known.decide(Self.timer, DeviceDecision(adopt: false))
        #expect(see() == .ignore)
    }

    @Test("the clock of the wall may jump back without anything being unheard")
    mutating func wallJump() {
        known.discover(Self.timer, at: 100)
        let early = Moment(monotonic: Moment.at(101).monotonic, wall: WallTime(nanoseconds: 5))
        known.updateSignal(Self.timer, -50, at: early)
        #expect(known[Self.timer]?.lastSeen == Moment.at(100).wall)
        #expect(known[Self.timer]?.lastContact == Moment.at(101).monotonic)
    }

    @Test("a name is kept up to its limit, whole characters of it")
    func longNames() {
        #expect(KnownDevices.shortened("Target 3") == "Target 3")
        #expect(KnownDevices.shortened(String(repeating: "é", count: 100)).count == 32)
        #expect(KnownDevices.shortened("a" + String(repeating: "👩🏽‍🚒", count: 9)).utf8.count <= 64)
    }
}
