import Clocks
import Events
import Hub
import Metrics
import Reactor
import Testing

@testable import Drivers

@Suite("Device registry and hub") @ReactorActor
struct DeviceRegistryTests {
    private let hub = Hub()
    private let metrics = MetricsRegistry()
    private let registry: DeviceRegistry
    private let recorder = ChangeRecorder()
    private let timer = DeviceID("60:09:C3:1F:DC:1A")

    init() {
        registry = DeviceRegistry(hub: hub, metrics: metrics)
        let recorder = recorder
        _ = hub.subscribe { event in
            if case .device(let device) = event.body {
                recorder.changes.append("\(device.change.name) \(device.device)")
            }
        }
        registry.addObserver { recorder.decisions.append(($0, $1)) }
    }

    @Test("publishes device events in order")
    func life() {
        #expect(discover() == .use)
        registry.markConnected(timer, at: .at(1))
        registry.updateBattery(timer, percent: 12, at: .at(2))
        registry.markDisconnected(timer, .linkLost, at: .at(3))
        #expect(
            recorder.changes
                == ["device_discovered", "device_connected", "battery_low", "device_lost"].map { "\($0) \(timer)" }
        )
    }

    @Test("includes counts of a handle in every query")
    func counting() {
        discover()
        let groupBytes = registry.counters(of: timer)
        groupBytes.countAccepted(3, at: .at(5))
        groupBytes.countRejected()
        registry.countAccepted(timer, at: .at(6))
        #expect(registry[timer]?.counts == .init(accepted: 4, rejected: 1))
        #expect(registry[timer]?.lastSeen == Moment.at(6).wall)
        #expect(registry.records.first?.counts.accepted == 4)
        registry.countRejected(DeviceID("unknown"))
        #expect(registry.records.count == 1)
    }

    @Test("notifies observers of decisions that change something")
    func decisions() throws {
        discover()
        try registry.decide(timer, DeviceDecision(name: "Bay 3"))
        try registry.decide(timer, DeviceDecision(name: "Bay 3"))
        try registry.decide(timer, DeviceDecision(forget: true))
        #expect(recorder.decisions.map(\.1) == [.renamed, [.released, .renamed]])
        #expect(recorder.decisions.allSatisfy { $0.0 == timer })
        #expect(!registry.isUsed(timer))
    }

    @Test("returns the assigned target and user")
    func assignments() throws {
        discover()
        registry.recordSighting(
            DeviceID("bt50"), family: .bt50, name: nil, transport: .bluetooth, signal: nil, at: .at(0))
        try registry.decide(DeviceID("bt50"), DeviceDecision(target: "T1"))
        #expect(registry.target(of: DeviceID("bt50")) == "T1")
        #expect(registry.target(of: timer) == nil)
        #expect(registry.user(of: timer) == nil)
    }

    @Test("lists devices in use first, then by name")
    func order() throws {
        for (id, name) in [("a", "Zulu"), ("b", "Alpha"), ("c", "Mike")] {
            registry.recordSighting(
                DeviceID(id), family: .bt50, name: name, transport: .bluetooth, signal: nil, at: .at(0))
        }
        try registry.decide(DeviceID("b"), DeviceDecision(adopt: false))
        #expect(registry.records.map(\.id.text) == ["c", "a", "b"])
    }

    @Test("metrics count devices by adoption and connection")
    func figures() {
        discover()
        registry.markConnected(timer, at: .at(1))
        let text = String(decoding: metrics.exposition(), as: UTF8.self)
        #expect(text.contains("leadville_devices{adoption=\"use\"} 1\n"))
        #expect(text.contains("leadville_devices{adoption=\"ask\"} 0\n"))
        #expect(text.contains("leadville_devices_connected 1\n"))
        #expect(text.contains("leadville_devices_refused_total 0\n"))
    }

    @discardableResult
    private func discover() -> Adoption {
        registry.recordSighting(
            timer, family: .amgCommander, name: "AMG Lab COMM DC1A", transport: .bluetooth, signal: -60, at: .at(0))
    }

    @ReactorActor
    private final class ChangeRecorder {
        var changes: [String] = []
        var decisions: [(DeviceID, DeviceDecisionOutcome)] = []
    }
}
