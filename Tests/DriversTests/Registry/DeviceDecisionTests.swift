import Events
import Testing

@testable import Drivers

@Suite("Device decisions")
struct DeviceDecisionTests {
    private var known = KnownDevices(policy: .init(adoption: .ask))
    private let sensor = DeviceID("E0:1B:6D:00:00:07")

    init() {
        known.discover(sensor, .bt50, at: 0)
        known.needsSave = false
    }

    @Test("adopts, releases and adopts again")
    mutating func adopting() throws {
        #expect(try known.decide(sensor, DeviceDecision(adopt: true)) == .adopted)
        #expect(known.discover(sensor, .bt50, at: 1).adoption == .use)
        #expect(try known.decide(sensor, DeviceDecision(adopt: true)) == [])
        #expect(try known.decide(sensor, DeviceDecision(adopt: false)) == .released)
        #expect(known.discover(sensor, .bt50, at: 2).adoption == .ignore)
        #expect(try known.decide(sensor, DeviceDecision(adopt: true)) == .adopted)
    }

    @Test("sets and removes a name")
    mutating func naming() throws {
        #expect(try known.decide(sensor, DeviceDecision(name: "Left plate")) == .renamed)
        #expect(known[sensor]?.name == "Left plate")
        #expect(known.needsSave)
        #expect(try known.decide(sensor, DeviceDecision(name: "Left plate")) == [])
        #expect(try known.decide(sensor, DeviceDecision(name: "")) == .renamed)
        #expect(known[sensor]?.name == "AMG Lab COMM DC1A")
    }

    @Test("assigns a target together with other changes, and removes it")
    mutating func assigning() throws {
        let decision = DeviceDecision(name: "Left", role: "sensor", target: "T2", adopt: true)
        #expect(try known.decide(sensor, decision) == [.renamed, .reassigned, .adopted])
        #expect(known[sensor]?.role.target == "T2")
        known.needsSave = false
        #expect(try known.decide(sensor, DeviceDecision()) == [])
        #expect(!known.needsSave)
        #expect(try known.decide(sensor, DeviceDecision(target: "")) == .reassigned)
        #expect(known[sensor]?.role == .sensor(target: nil))
    }

    @Test("rejects a decision as a whole if the family does not support a part of it")
    mutating func unfit() {
        let before = known
        #expect(throws: DeviceDecisionError.unsupportedRole("timer", actual: "sensor")) {
            try known.decide(sensor, DeviceDecision(name: "Left", role: "timer"))
        }
        #expect(throws: DeviceDecisionError.noUser) {
            try known.decide(sensor, DeviceDecision(name: "Left", user: 1))
        }
        #expect(throws: DeviceDecisionError.unknownDevice) {
            try known.decide(DeviceID("unknown"), DeviceDecision(name: "Left"))
        }
        #expect(known == before)
    }

    @Test("only a sensor has a target, only a heart rate device has a user")
    mutating func otherRoles() throws {
        known.discover(DeviceID("strap"), .heartStrap, at: 0)
        #expect(throws: DeviceDecisionError.noTarget) {
            try known.decide(DeviceID("strap"), DeviceDecision(target: "T1"))
        }
        #expect(try known.decide(DeviceID("strap"), DeviceDecision(user: 4)) == .reassigned)
        #expect(known[DeviceID("strap")]?.role.user == 4)
    }

    @Test("a forgotten device keeps nothing, is not adopted automatically and is not reported until adopted again")
    func forgetting() throws {
        var known = KnownDevices()
        known.discover(sensor, .bt50, at: 0)
        _ = try known.decide(sensor, DeviceDecision(name: "Left", target: "T1"))
        _ = known.markConnected(sensor, at: .at(1))
        #expect(try known.decide(sensor, DeviceDecision(forget: true)) == [.released, .renamed, .reassigned])
        #expect(known.markDisconnected(sensor, .released, at: .at(2))?.change == .lost(.released))
        #expect(known.discover(sensor, .bt50, at: 3) == .init(adoption: .forgotten, event: nil))
        #expect(known[sensor]?.givenName == nil)
        #expect(try known.decide(sensor, DeviceDecision(adopt: false)) == [])
        #expect(known[sensor]?.adoption == .forgotten)
        #expect(try known.decide(sensor, DeviceDecision(adopt: true)) == .adopted)
    }

    @Test("a forgotten board that sends datagrams returns with its next reading")
    mutating func forgettingDatagrams() throws {
        let board = DeviceID("heart-1")
        known.discover(board, .esp32Heart, by: .network, at: 0)
        _ = try known.decide(board, DeviceDecision(forget: true))
        #expect(known[board] == nil)
        #expect(known.discover(board, .esp32Heart, by: .network, at: 1).adoption == .use)
    }
}
