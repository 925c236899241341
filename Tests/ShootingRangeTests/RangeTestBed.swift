import Clocks
import Devices
import Events
import Foundation
import Hub
import JSON
import Metrics
import RangeTrials
import Reactor
import Store
import Surfaces
import VirtualDevices

@testable import Drivers
@testable import ShootingRange

/// A range service that receives reports of virtual devices, on a simulated clock.
@ReactorActor
final class RangeTestBed {
    static let timer = DeviceID("60:09:C3:1F:DC:1A")
    static let begin = Moment(
        monotonic: MonotonicTime(nanoseconds: 100_000_000_000), wall: WallTime(nanoseconds: 1_790_000_000_000_000_000))

    let timers: TimerQueue
    let hub: Hub
    let metrics = MetricsRegistry()
    let registry: DeviceRegistry
    let store: DataStore
    let service: RangeService
    let clock: TestClock
    private(set) var events: [Event] = []
    private var decoders: [Int: BT50Decoder] = [:]

    /// A simulated clock.
    @ReactorActor
    final class TestClock {
        var elapsed = Nanoseconds.zero
        /// By how much the wall clock was set.
        var shift = Nanoseconds.zero
        var now: Moment {
            Moment(monotonic: RangeTestBed.begin.monotonic + elapsed, wall: RangeTestBed.begin.wall + elapsed + shift)
        }
    }

    /// - Parameter elapsed: when it is opened, since `begin`.
    init(
        file: String? = nil, at elapsed: Nanoseconds = .zero, latestID: UInt64 = 0, sensors: Int = 2,
        shift: Nanoseconds = .zero, isSameBoot: Bool = false
    ) async throws {
        let clock = TestClock()
        clock.shift = shift
        clock.elapsed = elapsed
        self.clock = clock
        timers = TimerQueue(now: clock.now.monotonic)
        hub = Hub(latestID: latestID)
        registry = DeviceRegistry(hub: Hub(), metrics: MetricsRegistry())
        // Real timers, because the store has a real thread.
        store = try DataStore(StoreOptions(path: file), timers: EventLoop.shared.timers)
        service = RangeService(
            hub: hub, registry: registry, store: store, metrics: metrics, timers: timers, now: { clock.now })
        await service.restore(within: .seconds(30), isSameBoot: isSameBoot)
        _ = hub.subscribe { [weak self] in self?.events.append($0) }
        registry.recordSighting(
            Self.timer, family: .amgCommander, name: "AMG Lab COMM DC1A", transport: .bluetooth, signal: -60,
            at: clock.now)
        for number in 0..<sensors {
            registry.recordSighting(
                Self.sensor(number), family: .bt50, name: "WTVB01-BT50", transport: .bluetooth, signal: -60,
                at: clock.now)
        }
    }

    static func sensor(_ number: Int) -> DeviceID { DeviceID("C0:00:00:00:00:0\(number)") }

    /// Runs the virtual range until `end` and passes its reports to the service.
    func play(_ range: inout VirtualRange, until end: Nanoseconds) {
        while let next = range.nextEvent, next <= end {
            for emission in range.tick(until: next) { deliver(emission) }
        }
        advance(to: end)
    }

    func advance(to elapsed: Nanoseconds) {
        while let due = timers.nextDeadline, due <= Self.begin.monotonic + elapsed {
            clock.elapsed = max(clock.elapsed, due - Self.begin.monotonic)
            timers.advance(to: due)
        }
        clock.elapsed = max(clock.elapsed, elapsed)
        timers.advance(to: clock.now.monotonic)
    }

    private func deliver(_ emission: VirtualRange.Emission) {
        advance(to: emission.emission.time)
        guard let bytes = emission.emission.bytes else { return }
        switch emission.device {
        case .timer: sendFromTimer(bytes)
        case .sensor(let number):
            var readings: [BT50Reading] = []
            decoders[number, default: BT50Decoder(sampleInterval: .milliseconds(10))].feed(bytes[...]) {
                readings.append($0)
            }
            service.sensor(Self.sensor(number), measured: readings, in: bytes[...], at: clock.now)
        }
    }

    /// Passes bytes of the timer to the service.
    func sendFromTimer(_ bytes: [UInt8]) {
        var decoder = AMGDecoder()
        decoder.feed(bytes[...]) { reading in
            guard case .push(let push) = reading, let action = push.action else { return }
            let event = TimerEvent(timer: Self.timer, action: action, string: push.string, frame: bytes)
            service.receive(event, at: clock.now)
        }
    }

    // MARK: Published events

    /// The events by their names on the live socket.
    var names: [String] { events.compactMap { $0.liveJSON?["event_type"]?.stringValue } }

    var tapProgress: [TapProgress] {
        events.compactMap { event in
            guard case .device(let device) = event.body, case .calibrating(let progress) = device.change else {
                return nil
            }
            return progress
        }
    }

    func runEvents(_ name: String) -> [JSONValue] {
        events.compactMap(\.liveJSON).filter {
            $0["type"]?.stringValue == "run_update" && $0["event_type"]?.stringValue == name
        }
    }

    func run(_ id: String) async throws -> JSONValue {
        var writer = JSONWriter()
        RunJSON.write(try await service.run(id), to: &writer)
        return try JSONValue(parsing: writer.finish())
    }
}

extension Event {
    @ReactorActor var liveJSON: JSONValue? { LiveSocket.json(self).flatMap { try? JSONValue(parsing: $0) } }
}

extension VirtualRange {
    /// A timer and sensors with established links.
    static func ready(_ script: RangeScript, sensors: Int, seed: UInt64 = 1) -> VirtualRange {
        var range = VirtualRange(
            timer: VirtualAMGCommander(script, seed: seed),
            sensors: (0..<sensors).map { VirtualBT50(seed: seed &+ UInt64($0) &+ 10) })
        range.raiseMTU(to: 247)
        return range
    }
}

/// A temporary folder, removed with the object.
final class TemporaryRangeFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("range-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    var file: String { path + "/range.db" }
}
