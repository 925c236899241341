import Clocks
import Events
import Foundation
import Hub
import Metrics
import Reactor
import Store
import Testing

@testable import Drivers

@Suite("Devices in the store", .timeLimit(.minutes(10))) @ReactorActor
final class DeviceStoreTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("devices-\(UUID())").path
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    private let timer = DeviceID("60:09:C3:1F:DC:1A")

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    @Test("a decision is durable after a flush and known after a restart")
    func decisions() async throws {
        let store = try await open()
        let registry = registry(DeviceStore(store))
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 1"))
        #expect(await registry.flush() == nil)
        #expect(try await restarted(store)[timer]?.givenName == "Bay 1")
    }

    @Test("batches the changes that devices cause into one later write")
    func batching() async throws {
        let store = try await open()
        let devices = DeviceStore(store)
        let registry = registry(devices)
        discover(registry)
        for second in 0..<50 {
            registry.markConnected(timer, at: .at(Int64(second)))
            registry.markDisconnected(timer, .linkLost, at: .at(Int64(second)))
        }
        #expect(devices.writes == 0)
        timers.advance(to: timers.now + .seconds(2))
        #expect(await devices.flush() == nil)
        #expect(devices.writes == 1)
        #expect(timers.count == 0)
        #expect(try await restarted(store)[timer]?.lastSeen == Moment.at(49).wall)
    }

    @Test("a device that only keeps sending causes no further writes")
    func quiet() async throws {
        let store = try await open()
        let devices = DeviceStore(store)
        let registry = registry(devices)
        discover(registry)
        _ = await registry.flush()
        for second in 0..<100 {
            registry.countAccepted(timer, at: .at(Int64(second)))
            registry.updateSignal(timer, dBm: -50, at: .at(Int64(second)))
            discover(registry)
        }
        timers.advance(to: timers.now + .seconds(300))
        _ = await devices.flush()
        #expect(devices.writes == 1)
        registry.close()
        #expect(try await restarted(store)[timer]?.lastSeen == Moment.at(99).wall)
    }

    @Test("coalesces a hundred decisions into few commits")
    func burst() async throws {
        let store = try await open()
        let registry = registry(DeviceStore(store))
        discover(registry)
        for number in 0..<100 { try registry.decide(timer, DeviceDecision(name: "Name \(number)")) }
        #expect(await registry.flush() == nil)
        #expect(store.status.counters.writeCommits <= 2)
        #expect(try await restarted(store)[timer]?.givenName == "Name 99")
    }

    @Test("ignores a stored device that is invalid, and reads the others")
    func invalid() async throws {
        let store = try await open()
        store.put(.document(.device, name: "odd", body: Array("{}".utf8)))
        let registry = registry(DeviceStore(store))
        discover(registry)
        #expect(await registry.flush() == nil)
        #expect(try await restarted(store).records.map(\.id) == [timer])
    }

    @Test("writes only the devices that have changed")
    func changes() async throws {
        let store = try await open()
        let devices = DeviceStore(store)
        _ = devices.read()
        let moment = Moment.at(0)
        let records = ["a", "b"].map {
            DeviceRecord(DeviceID($0), family: .bt50, transport: .bluetooth, adoption: .use, firstSeen: moment.wall)
        }
        devices.save(records)
        devices.save(records)
        #expect(devices.writes == 1)
        devices.save(records.dropLast())
        #expect(devices.writes == 2)
        #expect(try await restarted(store).records.map(\.id.text) == ["a"])
    }

    @Test("keeps working while the store cannot be opened, and saves everything once it can")
    func failingDisk() async throws {
        let path = directory + "/missing"
        try "in the way".write(toFile: path, atomically: false, encoding: .utf8)
        let store = try await open(path + "/gateway.db")
        let devices = DeviceStore(store)
        let registry = registry(devices)
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 3"))
        #expect(await registry.flush()?.reason == .cannotOpen)
        #expect(devices.failures > 0)
        #expect(registry[timer]?.givenName == "Bay 3")
        try FileManager.default.removeItem(atPath: path)
        while await registry.flush() != nil { try await pause() }
        #expect(try await restarted(store, path + "/gateway.db")[timer]?.givenName == "Bay 3")
    }

    @Test("takes over stored decisions when the store opens late, but not those that were made meanwhile")
    func lateOpen() async throws {
        let first = try await open()
        let other = DeviceID("C2:21:C4:AF:A2:96")
        let before = registry(DeviceStore(first))
        for id in [timer, other] { discover(before, id) }
        try before.decide(timer, DeviceDecision(name: "Bay 1", adopt: false))
        try before.decide(other, DeviceDecision(name: "Bay 2"))
        before.close()
        // The first gateway has locked the file.
        let second = try await open()
        let devices = DeviceStore(second)
        let registry = registry(devices)
        var outcomes: [DeviceDecisionOutcome] = []
        registry.addObserver { _, outcome in outcomes.append(outcome) }
        discover(registry)
        discover(registry, DeviceID("new"))
        #expect(registry.records.count == 2 && registry[timer]?.adoption == .use)
        _ = await first.close(within: .seconds(30))
        while await registry.flush() != nil { try await pause() }
        // What is stored is read after the store has opened.
        for _ in 0..<1_000 where registry[other]?.givenName == nil { try await pause() }
        #expect(registry[timer]?.givenName == "Bay 1" && registry[timer]?.adoption == .ignore)
        #expect(registry[other]?.givenName == "Bay 2" && outcomes.contains { $0.contains(.released) })
        #expect(try await restarted(second).records.count == 3)
    }

    @Test("works without a store")
    func nowhere() async throws {
        let registry = DeviceRegistry(hub: Hub(), metrics: MetricsRegistry(), timers: timers)
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 4"))
        #expect(await registry.flush() == nil)
        #expect(timers.count == 0)
    }

    private func open(_ path: String? = nil) async throws -> DataStore {
        // The store's own timers are real: its threads are.
        let store = try DataStore(
            StoreOptions(path: path ?? directory + "/gateway.db"), timers: EventLoop.shared.timers)
        _ = await store.start(within: .seconds(30))
        return store
    }

    private func restarted(_ store: DataStore, _ path: String? = nil) async throws -> DeviceRegistry {
        #expect(await store.close(within: .seconds(30)) == 0)
        return registry(DeviceStore(try await open(path)))
    }

    private func registry(_ store: DeviceStore) -> DeviceRegistry {
        DeviceRegistry(store: store, hub: Hub(), metrics: MetricsRegistry(), timers: timers)
    }

    private func pause() async throws {
        await withCheckedContinuation { continuation in
            EventLoop.shared.timers.after(.milliseconds(20)) { continuation.resume() }
        }
    }

    private func discover(_ registry: DeviceRegistry, _ id: DeviceID? = nil) {
        registry.recordSighting(
            id ?? timer, family: .amgCommander, name: "AMG Lab", transport: .bluetooth, signal: -60, at: .at(0))
    }
}
