import Clocks
import Events
import Hub
import Metrics
import Reactor
import Store
import Surfaces
import Testing

@testable import Drivers
@testable import Gateway
@testable import ShootingRange

@Suite("Demo targets") @ReactorActor
struct DemoTargetsTests {
    private let hub = Hub()
    private let registry: DeviceRegistry
    private let range: RangeService
    private static let begin = Moment(
        monotonic: MonotonicTime(nanoseconds: 100_000_000_000), wall: WallTime(nanoseconds: 1_790_000_000_000_000_000))
    private static let sensors = (0..<3).map { DeviceID("C0:00:00:00:00:0\($0)") }

    init() throws {
        let metrics = MetricsRegistry()
        registry = DeviceRegistry(hub: hub, metrics: metrics)
        range = RangeService(
            hub: hub, registry: registry,
            store: try DataStore(StoreOptions(path: nil), timers: EventLoop.shared.timers),
            metrics: metrics)
    }

    private func begin() -> DemoTargets {
        let targets = DemoTargets(Self.sensors, on: range, registry: registry, hub: hub)
        targets.start()
        return targets
    }

    private func addSensor(_ sensor: DeviceID) {
        registry.recordSighting(
            sensor, family: .bt50, name: "WTVB01-BT50", transport: .bluetooth, signal: -60,
            at: Self.begin)
    }

    private var assigned: [String?] { Self.sensors.map { registry.target(of: $0) } }

    @Test("each discovered sensor is assigned to its own target with a location")
    func fresh() {
        let targets = begin()
        #expect(range.targetList.isEmpty)
        Self.sensors.forEach { addSensor($0) }
        #expect(assigned == ["left-popper", "plate", "right-popper"])
        #expect(range.targetList.map(\.sensors) == Self.sensors.map { [$0.text] })
        #expect(Set(range.targetList.compactMap(\.target.location)).count == 3)
        targets.stop()
    }

    @Test("changes by the user are kept, also after a restart")
    func decided() throws {
        let first = begin()
        Self.sensors.forEach { addSensor($0) }
        try range.assign(Self.sensors[0].text, to: nil)
        try range.removeTarget("plate")
        Self.sensors.forEach { addSensor($0) }
        first.stop()
        let second = begin()
        Self.sensors.forEach { addSensor($0) }
        #expect(assigned == [nil, nil, "right-popper"])
        #expect(range.targetList.map(\.target.id) == ["left-popper", "right-popper"])
        second.stop()
    }

    @Test("a target or an assignment of the user prevents demo assignments")
    func own() throws {
        try range.addTarget(RangeTarget(id: "gong", name: "Gong"), sensors: nil)
        var targets = begin()
        Self.sensors.forEach { addSensor($0) }
        #expect(assigned == [nil, nil, nil] && range.targetList.map(\.target.id) == ["gong"])
        targets.stop()
        let sensor = DeviceID("C0:00:00:00:00:07")
        addSensor(sensor)
        try range.assign(sensor.text, to: "gong")
        try registry.decide(sensor, DeviceDecision(target: "plate"))
        try range.removeTarget("gong")
        targets = begin()
        #expect(range.targetList.isEmpty)
        targets.stop()
    }

    @Test("a known sensor without a target is not assigned; a lost target of a known sensor is restored")
    func again() throws {
        addSensor(Self.sensors[0])
        addSensor(Self.sensors[1])
        // Without a store the targets are lost, but assignments are part of the device records.
        try registry.decide(Self.sensors[1], DeviceDecision(target: "plate"))
        let targets = begin()
        Self.sensors.forEach { addSensor($0) }
        #expect(assigned == [nil, "plate", "right-popper"])
        #expect(range.targetList.map(\.target.id) == ["plate", "right-popper"])
        targets.stop()
    }
}
