import Clocks
import Events
import Hub
import JSON
import Logging
import Reactor
import Store

/// The time of the gateway: sees when the machine's clock becomes right, takes the time from a person until then, and has what was
/// dated before dated anew.
@ReactorActor
package final class ClockService {
    /// Dates the runs from a number on anew; returns how many have changed.
    package typealias Redating =
        @ReactorActor (_ source: ClockSource, _ boot: WallTime, _ firstRun: Int64) async -> Int

    private let store: DataStore
    private let hub: Hub
    private let timers: TimerQueue
    private let read: @ReactorActor () -> ClockKeeper.Reading
    private var keeper: ClockKeeper
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
        read: (@ReactorActor () -> ClockKeeper.Reading)? = nil
    ) {
        self.store = store
        self.hub = hub
        self.timers = timers
        self.read = read ?? { MachineClock.reading(earliest: built) }
        let reading = self.read()
        let record = (store.state?.documents ?? []).first { $0.kind == .range && $0.name == Self.recordName }
            .flatMap { ClockRecord($0.body) }
        let ofBoot = record.flatMap { $0.keeper.isOfBoot(reading) ? $0 : nil }
        isSameBoot = ofBoot != nil
        keeper = ClockKeeper(
            reading, built: built, lastStored: store.lastStoredTime, record: ofBoot?.keeper)
        firstRun = ofBoot?.firstRun ?? (store.state?.lastRun ?? 0) + 1
        SystemClock.offset = keeper.offset
        switch keeper.source {
        case .unset:
            Log.warning(
                "The time is not known: the clock shows \(ISO8601.string(SystemClock.wall(), precision: .seconds)). "
                    + "Open the console to take the time from your device")
        case .phone: Log.info("The time is still that of a device, until a time server is reached")
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

    package var source: ClockSource { keeper.source }
    package var offset: Nanoseconds { keeper.offset }

    /// How a run that begins now is dated; nil if the time is known.
    package var dating: RunDating? {
        keeper.source.isProvisional ? RunDating(boot: keeper.believedBoot, source: keeper.source) : nil
    }

    // MARK: Changes

    /// Takes the time from a person's device; returns by how much it moved, and how many runs were dated anew.
    package func set(
        _ time: WallTime, by client: String
    ) async throws(ClockKeeper.Reject) -> (shift: Nanoseconds, runs: Int) {
        observe()
        let change = try keeper.set(time, at: read())
        Log.info("The time was set by \(client)")
        return (change.shift, await apply(change))
    }

    /// Looks at the machine's clock now.
    package func observe() {
        guard let change = keeper.observe(read()) else { return }
        SystemClock.offset = keeper.offset
        Task { @ReactorActor in _ = await apply(change) }
    }

    private func apply(_ change: ClockKeeper.Change) async -> Int {
        SystemClock.offset = keeper.offset
        // The usual inaccuracy of a clock is no reason to change what was recorded.
        let isSmall = change.before == .unconfirmed && abs(change.shift.count) < Nanoseconds.seconds(1).count
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

    /// A run knows by what it is dated, so that dating it again changes nothing.
    private func redateRuns() async -> Int {
        var runs = 0
        var boot: WallTime
        repeat {
            (boot, runs) = (keeper.believedBoot, max(runs, await redate(keeper.source, keeper.believedBoot, firstRun)))
        } while boot != keeper.believedBoot
        return runs
    }

    private func scheduleCheck() {
        guard keeper.source.isProvisional else { return timer = nil }
        timer = timers.after(Self.interval) { [weak self] in
            guard let self else { return }
            observe()
            if hub.latestID != recordedThrough { saveRecord() }
            scheduleCheck()
        }
    }

    /// A later process of the same boot goes on with it.
    private func saveRecord() {
        recordedThrough = hub.latestID
        let record = ClockRecord(keeper: keeper.record(at: read()), firstRun: firstRun)
        store.put(.document(.range, name: Self.recordName, body: record.json))
    }
}

/// The stored form.
private struct ClockRecord {
    let keeper: ClockKeeper.Record
    let firstRun: Int64

    init(keeper: ClockKeeper.Record, firstRun: Int64) {
        self.keeper = keeper
        self.firstRun = firstRun
    }

    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("boot", keeper.boot.nanoseconds)
        writer.member("since_boot", keeper.sinceBoot.count)
        writer.member("offset", keeper.offset.count)
        writer.member("source", keeper.source.rawValue)
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
        keeper = ClockKeeper.Record(
            boot: WallTime(nanoseconds: boot), sinceBoot: Nanoseconds(sinceBoot), offset: Nanoseconds(offset),
            source: source)
        self.firstRun = firstRun
    }
}
