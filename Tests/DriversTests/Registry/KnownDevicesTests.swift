import Clocks
import Events
import Testing

@testable import Drivers

@Suite("Known devices: events")
struct KnownDevicesTests {
    private var known = KnownDevices()
    private static let timer = DeviceID("60:09:C3:1F:DC:1A")

    @Test("the first sighting applies the policy and is reported once", arguments: [Adoption.use, .ask, .ignore])
    func firstContact(policy: Adoption) {
        var known = KnownDevices(policy: .init(adoption: policy))
        let first = known.discover(Self.timer, at: 0)
        #expect(first.adoption == policy)
        #expect(first.event?.change == .discovered(signalStrength: -60))
        #expect(first.event?.name == "AMG Lab COMM DC1A")
        #expect(known.discover(Self.timer, at: 1) == .init(adoption: policy, event: nil))
    }

    @Test("a device that an operator has added is used as what it turns out to be, with its name and target")
    func unheard() throws {
        var known = KnownDevices(policy: .init(adoption: .ignore))
        let isAdded = known.addUnseen(Self.timer, as: .bt50, name: "Left", at: Moment.at(0).wall)
        #expect(isAdded)
        #expect(known[Self.timer]?.wasReceived == false && known[Self.timer]?.adoption == .use)
        _ = try known.decide(Self.timer, DeviceDecision(target: "plate"))
        let record = try #require(known[Self.timer])
        let stored = try #require(DeviceCodec.decode(DeviceCodec.encode(record)))
        #expect(!stored.wasReceived && stored.role.target == "plate")
        known.discover(Self.timer, .bt50, at: 5)
        #expect(known[Self.timer]?.wasReceived == true && known[Self.timer]?.role == .sensor(target: "plate"))
        #expect(known[Self.timer]?.firstSeen == Moment.at(5).wall)

        _ = known.addUnseen(DeviceID("other"), as: .bt50, name: "Clock", at: Moment.at(0).wall)
        let adoption = known.discover(DeviceID("other"), .amgCommander, at: 6).adoption
        #expect(adoption == .use)
        #expect(known[DeviceID("other")]?.role == .timer && known[DeviceID("other")]?.givenName == "Clock")
    }

    @Test("there is room for as many devices as are free or can be dropped")
    func room() {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 3))
        #expect(known.hasRoom(for: 3, keeping: []) && !known.hasRoom(for: 4, keeping: []))
        known.discover(Self.timer, at: 0)
        _ = known.addUnseen(DeviceID("used"), as: .bt50, name: nil, at: Moment.at(0).wall)
        #expect(known.hasRoom(for: 2, keeping: []) && !known.hasRoom(for: 3, keeping: []))
        #expect(known.hasRoom(for: 1, keeping: [Self.timer]) && !known.hasRoom(for: 2, keeping: [Self.timer]))
        for name in ["first", "second"] {
            let isAdded = known.addUnseen(DeviceID(name), as: .bt50, name: nil, at: Moment.at(0).wall)
            #expect(isAdded)
        }
        #expect(known[Self.timer] == nil && known.hasRoom(for: 0, keeping: []) && !known.hasRoom(for: 1, keeping: []))
    }

    @Test("a new policy does not change known devices")
    func policyLater() {
        var known = KnownDevices(policy: .init(adoption: .ask))
        known.discover(Self.timer, at: 0)
        known.policy.adoption = .use
        #expect(known.discover(Self.timer, at: 1).adoption == .ask)
        #expect(known.discover(DeviceID("other"), at: 1).adoption == .use)
    }

    @Test("an advertising device is discovered again after a minute of silence")
    mutating func rediscovery() {
        known.discover(Self.timer, at: 0)
        #expect(known.discover(Self.timer, at: 60).event == nil)
        #expect(known.discover(Self.timer, at: 121).event != nil)
    }

    @Test("a waiting serial device stays present until it is unplugged, and is discovered again after a replug")
    mutating func waitingOnCable() {
        #expect(known.discover(Self.timer, by: .serial, at: 0).event != nil)
        #expect(known.discover(Self.timer, by: .serial, at: 3_600).event == nil)
        #expect(known.markDisconnected(Self.timer, .unplugged, at: .at(3_601)) == nil)
        #expect(known.discover(Self.timer, by: .serial, at: 3_602).event != nil)
    }

    @Test("reports and counts each connect, disconnect and reconnect once")
    mutating func connections() {
        known.discover(Self.timer, at: 0)
        #expect(known.markConnected(Self.timer, at: .at(1))?.change == .connected)
        #expect(known.markConnected(Self.timer, at: .at(2)) == nil)
        #expect(known.markDisconnected(Self.timer, .linkLost, at: .at(3))?.change == .lost(.linkLost))
        #expect(known.markDisconnected(Self.timer, .silent, at: .at(4)) == nil)
        #expect(known[Self.timer]?.lastDisconnectReason == .linkLost)
        #expect(known.markConnected(Self.timer, at: .at(5))?.change == .connected)
        #expect(known[Self.timer]?.lastDisconnectReason == nil)
        #expect(known[Self.timer]?.counts == .init(connects: 2, disconnects: 1))
        #expect(known[Self.timer]?.counts.reconnects == 1)
    }

    @Test("an advertisement of a connected device is not a discovery")
    mutating func sightedWhileConnected() {
        known.discover(Self.timer, at: 0)
        _ = known.markConnected(Self.timer, at: .at(1))
        #expect(known.discover(Self.timer, at: 300).event == nil)
        #expect(known[Self.timer]?.link == .connected)
    }

    @Test("ignores events of unknown devices")
    mutating func strangers() {
        #expect(known.markConnected(Self.timer, at: .at(0)) == nil)
        #expect(known.markDisconnected(Self.timer, .linkLost, at: .at(0)) == nil)
        #expect(known.updateBattery(Self.timer, percent: 1, at: .at(0)) == nil)
        known.updateSignal(Self.timer, -3, at: .at(0))
        known.setWarning(Self.timer, .pushesOff, isActive: true)
        #expect(known.records.isEmpty)
    }

    @Test("reports a low battery once, and again only after charging above the hysteresis")
    mutating func battery() {
        known.discover(Self.timer, at: 0)
        func reported(_ percents: [Int]) -> [Int] {
            percents.compactMap { percent in
                guard
                    case .batteryLow(let percent) = known.updateBattery(Self.timer, percent: percent, at: .at(1))?
                        .change
                else { return nil }
                return percent
            }
        }
        #expect(reported([80, 20, 19, 18, 22, 19, 24, 19]) == [19])
        #expect(reported([25, 20]) == [])
        #expect(reported([19, -4, 300, 0]) == [19, 0])
        #expect(known[Self.timer]?.battery == 0)
    }

    @Test("a device that falls silent with an empty battery has died, until an operator has seen it")
    mutating func death() throws {
        known.discover(Self.timer, .amgCommander, at: 0)
        func lose(_ percent: Int, _ reason: DeviceEvent.LossReason, at seconds: Int64) {
            _ = known.updateBattery(Self.timer, percent: percent, at: .at(seconds))
            _ = known.markConnected(Self.timer, at: .at(seconds))
            _ = known.markDisconnected(Self.timer, reason, at: .at(seconds))
        }
        lose(11, .linkLost, at: 1)
        #expect(known[Self.timer]?.died == nil)
        lose(10, .released, at: 2)
        #expect(known[Self.timer]?.died == nil)
        lose(10, .linkLost, at: 3)
        #expect(known[Self.timer]?.died == Moment.at(3).wall)
        _ = known.updateBattery(Self.timer, percent: 100, at: .at(4))
        _ = known.markConnected(Self.timer, at: .at(4))
        #expect(known[Self.timer]?.died == Moment.at(3).wall, "it stays until somebody has seen it")
        _ = try known.decide(Self.timer, DeviceDecision(seen: true))
        #expect(known[Self.timer]?.died == nil)
    }

    @Test("a limit of 0 disables low battery events")
    func noBatteryLimit() {
        var known = KnownDevices(policy: .init(lowBattery: 0))
        known.discover(Self.timer, at: 0)
        #expect(known.updateBattery(Self.timer, percent: 0, at: .at(1)) == nil)
    }

    @Test("does not report the battery of a device that is not in use")
    func unusedBattery() {
        var known = KnownDevices(policy: .init(adoption: .ignore))
        known.discover(Self.timer, at: 0)
        #expect(known.updateBattery(Self.timer, percent: 3, at: .at(1)) == nil)
        #expect(known[Self.timer]?.battery == 3)
    }

    @Test("a device with another family replaces the old record")
    mutating func otherFamily() throws {
        known.discover(Self.timer, at: 0)
        _ = try known.decide(Self.timer, DeviceDecision(name: "Bay 1"))
        known.discover(Self.timer, .bt50, at: 1)
        #expect(known[Self.timer]?.role == .sensor(target: nil))
        #expect(known[Self.timer]?.givenName == nil)
    }

    @Test("publishes no events of boards that send datagrams, but keeps their records")
    mutating func datagrams() {
        let board = DeviceID("heart-board-1")
        let sighting = known.discover(board, .esp32Heart, by: .network, at: 0)
        #expect(sighting == .init(adoption: .use, event: nil, isNew: true))
        #expect(known.markConnected(board, at: .at(0)) == nil)
        #expect(known[board]?.link == .connected)
        #expect(known.markDisconnected(board, .silent, at: .at(1)) == nil)
        #expect(known[board]?.counts == .init(connects: 1, disconnects: 1))
    }

    @Test("ignores a device that uses a known id on another transport")
    mutating func impostor() throws {
        known.discover(Self.timer, at: 0)
        _ = try known.decide(Self.timer, DeviceDecision(name: "Bay 1"))
        let before = known
        #expect(known.discover(Self.timer, .esp32Heart, by: .network, at: 1) == .ignored)
        #expect(known == before)
    }

    @Test(
        "rejects ids that could break a log, a path or a file",
        arguments: ["", "a/b", "a\nb", String(repeating: "x", count: 257)])
    mutating func badID(id: String) {
        #expect(known.discover(DeviceID(id), at: 0) == .ignored)
        #expect(known.records.isEmpty)
        #expect(known.rejected == 1)
    }

    @Test("a configured device is adopted whatever the policy, unless the operator has released it")
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

    @Test("a backward jump of the wall clock does not move lastSeen back")
    mutating func wallJump() {
        known.discover(Self.timer, at: 100)
        let early = Moment(monotonic: Moment.at(101).monotonic, wall: WallTime(nanoseconds: 5))
        known.updateSignal(Self.timer, -50, at: early)
        #expect(known[Self.timer]?.lastSeen == Moment.at(100).wall)
        #expect(known[Self.timer]?.lastContact == Moment.at(101).monotonic)
    }

    @Test("cuts a long name at a character boundary")
    func longNames() {
        #expect(KnownDevices.shortened("Target 3") == "Target 3")
        #expect(KnownDevices.shortened(String(repeating: "é", count: 100)).count == 32)
        #expect(KnownDevices.shortened("a" + String(repeating: "👩🏽‍🚒", count: 9)).utf8.count <= 64)
    }
}

@Suite("Known devices: limits")
struct KnownDevicesLimitTests {
    private static func id(_ number: Int) -> DeviceID { DeviceID("device-\(number)") }

    @Test("drops the listed device not seen for the longest time")
    func eviction() {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 3))
        for number in 0..<3 { known.discover(Self.id(number), at: Int64(number)) }
        known.discover(Self.id(0), at: 10)
        known.discover(Self.id(3), at: 11)
        #expect(Set(known.records.keys) == [Self.id(0), Self.id(2), Self.id(3)])
        #expect(known.rejected == 0)
    }

    @Test("never drops a device in use, named or assigned; counts the rejected one")
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

    @Test("drops forgotten devices last")
    func forgottenLast() throws {
        var known = KnownDevices(policy: .init(adoption: .ignore), limits: .init(records: 2))
        known.discover(Self.id(0), at: 0)
        _ = try known.decide(Self.id(0), DeviceDecision(forget: true))
        known.discover(Self.id(1), at: 1)
        known.discover(Self.id(2), at: 2)
        #expect(Set(known.records.keys) == [Self.id(0), Self.id(2)])
    }

    @Test("limits automatic adoption during a flood of advertisements")
    func flood() throws {
        var known = KnownDevices(limits: .init(records: 8, adoptedAutomatically: 2))
        for number in 0..<100 { known.discover(Self.id(number), at: Int64(number)) }
        #expect(known.records.count == 8)
        #expect(known.records.values.count { $0.adoption == .use } == 2)
        #expect(known[Self.id(0)]?.adoption == .use)
        // A named device does not count as adopted automatically.
        _ = try known.decide(Self.id(0), DeviceDecision(name: "Mine"))
        #expect(known.discover(Self.id(200), at: 200).adoption == .use)
    }

    @Test("drops a board that sends datagrams only once it is silent")
    func network() {
        var known = KnownDevices(limits: .init(records: 2, adoptedAutomatically: 0))
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

    @Test("drops persisted records beyond the limit")
    func remembered() {
        var known = KnownDevices()
        for number in 0..<5 { known.discover(Self.id(number), at: 0) }
        #expect(KnownDevices(Array(known.records.values), limits: .init(records: 3)).records.count == 3)
    }
}

extension Moment {
    /// A moment with both clocks at this many seconds, the wall clock offset to 2026.
    static func at(_ seconds: Int64) -> Self {
        Self(
            monotonic: MonotonicTime(nanoseconds: seconds * 1_000_000_000),
            wall: WallTime(nanoseconds: (1_790_000_000 + seconds) * 1_000_000_000))
    }
}

extension KnownDevices {
    @discardableResult
    mutating func discover(
        _ id: DeviceID, _ family: DeviceFamily = .amgCommander, by transport: DeviceTransport = .bluetooth,
        at seconds: Int64
    ) -> Sighting {
        recordSighting(
            id, family: family, name: "AMG Lab COMM DC1A", transport: transport, signal: -60, at: .at(seconds))
    }
}
