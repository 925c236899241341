import Clocks
import Events
import Hub
import JSON
import Logging
import Reactor
import Store

/// Follows the machine's clock, accepts a time from a person until that clock is synchronised or set, and corrects the dates of
/// the runs of this boot.
@ReactorActor
package final class ClockService {
    /// Corrects the times of the runs from a number on; returns how many have changed.
    package typealias Redating =
        @ReactorActor (_ source: ClockSource, _ boot: WallTime, _ firstRun: Int64) async -> Int

    private let store: DataStore
    private let hub: Hub
    private let timers: TimerQueue
    private let read: @ReactorActor () -> GatewayClock.Reading
    private var clock: GatewayClock
    /// The first run of this boot.
    private let firstRun: Int64
    /// Whether an earlier process of this boot has left its record.
    package let isSameBoot: Bool
    private var timer: TimerQueue.Token?
    /// The latest event when the record was written.
    private var recordedThrough: UInt64 = 0

    package var redate: Redating = { _, _, _ in 0 }

    private nonisolated static let interval = Nanoseconds.seconds(5)
    private nonisolated static let recordName = "clock"

    /// Sets the gateway's time as an earlier process of this boot has left it.
    package init(
        store: DataStore, hub: Hub, built: WallTime = MachineClock.built, timers: TimerQueue = EventLoop.shared.timers,
        read: (@ReactorActor () -> GatewayClock.Reading)? = nil
    ) {
        self.store = store
        self.hub = hub
        self.timers = timers
        self.read = read ?? { MachineClock.reading(earliest: built) }
        let reading = self.read()
        let record = (store.state?.documents ?? []).first { $0.kind == .range && $0.name == Self.recordName }
            .flatMap { ClockRecord($0.body) }
        let ofBoot = record.flatMap { $0.clock.isOfBoot(reading) ? $0 : nil }
        isSameBoot = ofBoot != nil
        clock = GatewayClock(
            reading, built: built, lastStored: store.lastStoredTime, record: ofBoot?.clock)
        firstRun = ofBoot?.firstRun ?? (store.state?.lastRun ?? 0) + 1
        SystemClock.offset = clock.offset
        switch clock.source {
        case .unset:
            Log.warning(
                "The time is not known: the clock shows \(ISO8601.string(SystemClock.wall(), precision: .seconds)). "
                    + "Open the console to take the time from your device")
        case .phone: Log.info("Using the time of a device until a time server is reached")
        case .unconfirmed, .machine, .synchronised: break
        }
    }

    package func start() {
        saveRecord()
        scheduleCheck()
    }

    package func close() {
        timer.take().map(timers.cancel)
    }

    // MARK: State

    package var source: ClockSource { clock.source }
    package var offset: Nanoseconds { clock.offset }

    /// How a run that begins now is dated; nil if the time is known.
    package var dating: RunDating? {
        clock.source.isProvisional ? RunDating(boot: clock.estimatedBoot, source: clock.source) : nil
    }

    // MARK: Changes

    /// Takes the time from a person's device; returns by how much it moved, and the times of how many runs were corrected.
    package func set(
        _ time: WallTime, by client: String
    ) async throws(GatewayClock.Reject) -> (shift: Nanoseconds, runs: Int) {
        observe()
        let change = try clock.set(time, at: read())
        Log.info("The time was set by \(client)")
        return (change.shift, await apply(change))
    }

    /// Checks the machine's clock now.
    package func observe() {
        guard let change = clock.observe(read()) else { return }
        SystemClock.offset = clock.offset
        Task { @ReactorActor in _ = await apply(change) }
    }

    private func apply(_ change: GatewayClock.Change) async -> Int {
        SystemClock.offset = clock.offset
        // The usual inaccuracy of a clock is no reason to change what was recorded.
        let isSmall = change.before == .unconfirmed && change.shift.magnitude < .seconds(1)
        guard !isSmall else {
            saveRecord()
            return 0
        }
        let runs = await redateRuns()
        let event = ClockEvent(source: change.now, shift: change.shift, runs: runs)
        Log.info(event.message)
        hub.publish(.clock(event), at: .now())
        saveRecord()
        return runs
    }

    /// Each run records the clock of its times, so a repeated correction changes nothing.
    private func redateRuns() async -> Int {
        var runs = 0
        var boot: WallTime
        repeat {
            (boot, runs) = (clock.estimatedBoot, max(runs, await redate(clock.source, clock.estimatedBoot, firstRun)))
        } while boot != clock.estimatedBoot
        return runs
    }

    private func scheduleCheck() {
        guard clock.source.isProvisional else { return timer = nil }
        timer = timers.after(Self.interval) { [weak self] in
            guard let self else { return }
            observe()
            if hub.latestID != recordedThrough { saveRecord() }
            scheduleCheck()
        }
    }

    /// A later process of the same boot continues with it.
    private func saveRecord() {
        recordedThrough = hub.latestID
        let record = ClockRecord(clock: clock.record(at: read()), firstRun: firstRun)
        store.put(.document(.range, name: Self.recordName, body: record.json))
    }
}

/// The stored form.
private struct ClockRecord {
    let clock: GatewayClock.Record
    let firstRun: Int64

    init(clock: GatewayClock.Record, firstRun: Int64) {
        self.clock = clock
        self.firstRun = firstRun
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("boot", clock.boot.nanoseconds)
        writer.member("since_boot", clock.sinceBoot.count)
        writer.member("offset", clock.offset.count)
        writer.member("source", clock.source.rawValue)
        writer.member("first_run", firstRun)
        writer.endObject()
        return writer.finish()
    }

    init?(_ json: [UInt8]) {
        guard let value = try? JSONValue(parsing: json, limits: .stored), let boot = value["boot"]?.integerValue,
            let sinceBoot = value["since_boot"]?.integerValue, let offset = value["offset"]?.integerValue,
            let source = value["source"]?.stringValue.flatMap(ClockSource.init(rawValue:)),
            let firstRun = value["first_run"]?.integerValue
        else { return nil }
        clock = GatewayClock.Record(
            boot: WallTime(nanoseconds: boot), sinceBoot: Nanoseconds(sinceBoot), offset: Nanoseconds(offset),
            source: source)
        self.firstRun = firstRun
    }
}
