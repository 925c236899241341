import Clocks
import Events
import Foundation
import Hub
import Metrics
import Reactor
import Testing

@testable import Drivers

@Suite("Device file on a real disk") @ReactorActor
final class DevicesFileTests {
    private let directory = FileManager.default.temporaryDirectory.appendingPathComponent("devices-\(UUID())").path
    private let timers = TimerQueue(now: MonotonicTime(nanoseconds: 0))
    private let timer = DeviceID("60:09:C3:1F:DC:1A")
    private var path: String { directory + "/devices.json" }

    init() throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: directory)
    }

    @Test("a decision is on disk after a flush and known after a restart")
    func decisions() async throws {
        let registry = try registry()
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 1"))
        #expect(await registry.flush() == nil)
        #expect(try self.registry()[timer]?.givenName == "Bay 1")
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory) == ["devices.json"])
    }

    @Test("batches the changes that devices cause into one later write")
    func batching() async throws {
        let file = try DevicesFile(directory: directory)
        let registry = registry(file)
        discover(registry)
        for second in 0..<50 {
            registry.markConnected(timer, at: .at(Int64(second)))
            registry.markDisconnected(timer, .linkLost, at: .at(Int64(second)))
        }
        #expect(file.writes == 0)
        timers.advance(to: timers.now + .seconds(2))
        #expect(await file.flush() == nil)
        #expect(file.writes == 1)
        #expect(timers.count == 0)
        #expect(try self.registry()[timer]?.lastSeen == Moment.at(49).wall)
    }

    @Test("a device that only keeps sending causes no further writes")
    func quiet() async throws {
        let file = try DevicesFile(directory: directory)
        let registry = registry(file)
        discover(registry)
        _ = await registry.flush()
        for second in 0..<100 {
            registry.countAccepted(timer, at: .at(Int64(second)))
            registry.updateSignal(timer, dBm: -50, at: .at(Int64(second)))
            discover(registry)
        }
        timers.advance(to: timers.now + .seconds(300))
        _ = await file.flush()
        #expect(file.writes == 1)
        await registry.close()
        #expect(try self.registry()[timer]?.lastSeen == Moment.at(99).wall)
    }

    @Test("coalesces a hundred decisions into few writes")
    func burst() async throws {
        let file = try DevicesFile(directory: directory)
        let registry = registry(file)
        discover(registry)
        for number in 0..<100 { try registry.decide(timer, DeviceDecision(name: "Name \(number)")) }
        #expect(await registry.flush() == nil)
        #expect(file.writes <= 2)
        #expect(try self.registry()[timer]?.givenName == "Name 99")
    }

    @Test("renames a damaged file and starts with an empty list", arguments: ["", "{", "{\"version\":9}", "[]"])
    func damage(text: String) async throws {
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        let registry = try registry()
        #expect(registry.records.isEmpty)
        #expect(try String(contentsOfFile: path + ".damaged", encoding: .utf8) == text)
        discover(registry)
        #expect(await registry.flush() == nil)
        #expect(try self.registry().records.count == 1)
    }

    @Test("rejects a file beyond the size limit")
    func tooLong() throws {
        try Data(repeating: 0x20, count: 3 << 20).write(to: URL(fileURLWithPath: path))
        #expect(try registry().records.isEmpty)
        #expect(FileManager.default.fileExists(atPath: path + ".damaged"))
    }

    @Test("ignores a partial file left by a crash during a write")
    func leftOver() async throws {
        let first = try registry()
        discover(first)
        #expect(await first.flush() == nil)
        try "{\"version\":1,\"dev".write(toFile: path + ".new", atomically: false, encoding: .utf8)
        let second = try registry()
        #expect(second.records.count == 1)
        try second.decide(timer, DeviceDecision(name: "Bay 2"))
        #expect(await second.flush() == nil)
        #expect(try registry()[timer]?.givenName == "Bay 2")
    }

    @Test("keeps working while writes fail, and retries until they succeed")
    func refusingDisk() async throws {
        let file = try DevicesFile(directory: directory)
        let registry = registry(file)
        // A directory in place of the new file makes the write fail.
        try FileManager.default.createDirectory(atPath: path + ".new", withIntermediateDirectories: false)
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 3"))
        #expect(await registry.flush() != nil)
        #expect(file.failures > 0)
        #expect(registry[timer]?.givenName == "Bay 3")
        try FileManager.default.removeItem(atPath: path + ".new")
        timers.advance(to: timers.now + .seconds(60))
        #expect(await file.flush() == nil)
        #expect(try self.registry()[timer]?.givenName == "Bay 3")
    }

    @Test("works without a state directory")
    func nowhere() async throws {
        let registry = DeviceRegistry(hub: Hub(), metrics: MetricsRegistry(), timers: timers)
        discover(registry)
        try registry.decide(timer, DeviceDecision(name: "Bay 4"))
        #expect(await registry.flush() == nil)
        #expect(timers.count == 0)
    }

    private func registry(_ file: DevicesFile? = nil) -> DeviceRegistry {
        DeviceRegistry(file: file, hub: Hub(), metrics: MetricsRegistry(), timers: timers)
    }

    private func registry() throws -> DeviceRegistry { registry(try DevicesFile(directory: directory)) }

    private func discover(_ registry: DeviceRegistry) {
        registry.recordSighting(
            timer, family: .amgCommander, name: "AMG Lab", transport: .bluetooth, signal: -60, at: .at(0))
    }
}
