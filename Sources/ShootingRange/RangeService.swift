import Bluetooth
import Clocks
import Devices
import Drivers
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals
import Store

/// The range: receives the reports of timers and sensors and answers the API.
///
/// `RangeSensors` turns samples into impacts, `RangeRuns` turns timer events and impacts into runs, `RangeTargets` knows the
/// targets; each stores what has to survive a restart. This type connects them and schedules what is due.
@ReactorActor
package final class RangeService: RangeEventSink {
    let runs: RangeRuns
    let sensors: RangeSensors
    private let targets: RangeTargets
    private let registry: DeviceRegistry
    private let persistence: RangePersistence
    private let explanations: RangeExplanations
    private let metrics: RangeMetrics
    private let timers: TimerQueue
    private let now: @ReactorActor () -> Moment
    /// Called after an operator has deleted a run.
    package var onRunDeleted: (String) -> Void = { _ in }
    private var wakeUp: (deadline: MonotonicTime, token: TimerQueue.Token)?

    package struct Settings: Hashable, Sendable {
        /// Whether rejected motions are published.
        package var publishesRejects: Bool

        package init(publishesRejects: Bool = false) {
            self.publishesRejects = publishesRejects
        }
    }

    /// - Parameter now: the current time; replaceable for tests.
    package init(
        hub: Hub, registry: DeviceRegistry, store: DataStore, settings: Settings = Settings(), metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, now: @escaping @ReactorActor () -> Moment = { .now() }
    ) {
        self.registry = registry
        self.timers = timers
        self.now = now
        self.metrics = RangeMetrics(metrics)
        persistence = RangePersistence(store)
        explanations = RangeExplanations(hub: hub, persistence)
        targets = RangeTargets(registry: registry, persistence: persistence)
        sensors = RangeSensors(
            hub: hub, registry: registry, targets: targets, persistence: persistence, explanations: explanations,
            metrics: self.metrics, settings: settings, now: now)
        runs = RangeRuns(hub: hub, persistence: persistence, explanations: explanations, now: now)
        sensors.onImpact = { [unowned self] impact, moment in runs.apply(.impact(impact), at: moment) }
        runs.onRunEnded = { [unowned self] run, delays, moment in
            sensors.runEnded(run, delays: delays, at: moment)
        }
        persistence.onReset { [weak self] in self?.saveEverything() }
    }

    package var settings: Settings {
        get { sensors.settings }
        set { sensors.settings = newValue }
    }

    /// The clock that gives a run that begins now its time; nil if the time is known.
    package func setDating(_ dating: @escaping @ReactorActor () -> RunDating?) { runs.dating = dating }

    /// Corrects the times of the runs from this number on; returns how many have changed.
    package func redate(by source: ClockSource, boot: WallTime, from first: Int64) async -> Int {
        defer { scheduleWakeUp() }
        return await runs.redate(by: source, boot: boot, from: first)
    }

    /// Fallback for events without an explanation: their JSON, or nil.
    package func setFallbackExplanation(_ fallback: @escaping @ReactorActor (UInt64) async -> [UInt8]?) {
        explanations.fallback = fallback
    }

    /// Waits for the store and restores the state, including a run in progress.
    /// - Parameter isSameBoot: whether it is known that the machine was not started again since the state was stored.
    package func restore(within limit: Nanoseconds, isSameBoot: Bool = false) async {
        guard let stored = await persistence.load(within: limit) else { return runs.startWithoutStore() }
        for target in stored.targets { targets.restore(target) }
        sensors.restore(stored.sensors)
        await runs.restore(stored, delays: sensors.delays, isSameBoot: isSameBoot)
        scheduleWakeUp()
    }

    /// The database was recreated: writes the whole state again.
    private func saveEverything() {
        targets.saveAll()
        sensors.saveAll()
        runs.saveAll()
    }

    // MARK: Events

    package func receive(_ event: TimerEvent, at moment: Moment) {
        metrics.recordTimerReport(event.source)
        runs.receive(event, at: moment)
        scheduleWakeUp()
    }

    package func timerReady(_ timer: DeviceID, at moment: Moment) -> AMGCommand? {
        runs.apply(.timerReady(timer), at: moment)
        scheduleWakeUp()
        // After a restart the session does not query the string by itself.
        return runs.hasRestoredRun(of: timer) ? .requestString : nil
    }

    package func timerDisconnected(_ timer: DeviceID, at moment: Moment) {
        runs.apply(.timerDisconnected(timer), at: moment)
        scheduleWakeUp()
    }

    package func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment
    ) {
        sensors.receive(readings, in: notification, of: sensor, at: moment)
        scheduleWakeUp()
    }

    package func sensorReady(_ sensor: DeviceID, at moment: Moment) {
        sensors.connected(sensor)
    }

    package func sensorDisconnected(_ sensor: DeviceID, at moment: Moment) {
        sensors.disconnected(sensor, at: moment)
        scheduleWakeUp()
    }

    // MARK: Time

    /// Schedules the next call of `advanceToNow`.
    private func scheduleWakeUp() {
        let deadline = [sensors.deadline, runs.deadline].compactMap(\.self).min()
        if let wakeUp, wakeUp.deadline == deadline { return }
        if let wakeUp { timers.cancel(wakeUp.token) }
        wakeUp = deadline.map { deadline in
            (deadline, timers.at(deadline) { [weak self] in self?.advanceToNow() })
        }
    }

    private func advanceToNow() {
        wakeUp = nil
        let now = now()
        sensors.advance(to: now)
        runs.advance(to: now)
        scheduleWakeUp()
    }
}

// MARK: - API

extension RangeService: RangeProvider {
    package var targetList: [(target: RangeTarget, sensors: [String])] { targets.list }

    package func addTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try targets.add(target, sensors: sensors)
    }

    package func putTarget(_ target: RangeTarget, sensors: [String]?) throws(RangeError) {
        try targets.put(target, sensors: sensors)
    }

    package func removeTarget(_ id: String) throws(RangeError) {
        try targets.remove(id)
    }

    package func assign(_ sensor: String, to target: String?) throws(RangeError) {
        try targets.assign(sensor, to: target)
    }

    package var sensorList: [RangeSensorStatus] { sensors.list(delays: runs.delays) }

    package func setThresholds(
        of sensor: String, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError) {
        try sensors.setThresholds(of: registry.sensor(sensor).id, change)
        scheduleWakeUp()
    }

    package func calibrate(_ sensor: String, taps: Int?) throws(RangeError) {
        let id = try registry.sensor(sensor).id
        try sensors.calibrate(id, taps: taps)
        runs.resetDelay(of: id)
        scheduleWakeUp()
    }

    package func stopCalibration(of sensor: String) throws(RangeError) {
        sensors.stopCalibration(of: try registry.sensor(sensor).id)
        scheduleWakeUp()
    }

    package func dryRun(_ sensor: String, _ request: DryRunRequest) async throws(RangeError) -> DryRunResult {
        try await sensors.dryRun(registry.sensor(sensor).id, request)
    }

    package func waveform(
        of sensor: String, span: Nanoseconds, count: Int
    ) throws(RangeError) -> (waveform: Waveform, end: WallTime) {
        try sensors.waveform(of: registry.sensor(sensor).id, span: span, count: count)
    }

    package func startRecording(_ sensor: String, as name: String?) throws(RangeError) -> String {
        try sensors.startRecording(DeviceID(sensor), as: name)
    }

    package func stopRecording(_ sensor: String) throws(RangeError) -> RecordingStatus {
        try sensors.stopRecording(DeviceID(sensor))
    }

    package func recordingList() async throws(RangeError) -> [RecordingStatus] {
        try await persistence.recordings()
    }

    package func recording(_ name: String) async throws(RangeError) -> [UInt8] {
        try await persistence.recording(name)
    }

    package func runs(_ filter: RunQuery) async throws(RangeError) -> RunList {
        try await persistence.runs(filter)
    }

    package func run(_ id: String) async throws(RangeError) -> RunRecord {
        try await runs.run(id)
    }

    package func editRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> RunRecord {
        defer { scheduleWakeUp() }
        return try await runs.edit(id, edit)
    }

    package func deleteRun(_ id: String) async throws(RangeError) {
        try await runs.delete(id)
        onRunDeleted(id)
    }

    package var upcomingNames: RunNames { runs.upcomingNames }

    package func editUpcoming(_ edit: RunEdit) {
        runs.editUpcoming(edit)
    }

    package var timerList: [RangeTimerStatus] {
        registry.records.compactMap { record in
            guard record.role == .timer, record.adoption != .forgotten else { return nil }
            let run = runs.latest(of: record.id)
            return RangeTimerStatus(
                id: record.id.text, name: record.name, isConnected: record.link == .connected,
                isUsed: record.adoption == .use, battery: record.battery, signal: record.signal,
                lastSeen: record.lastSeen, run: run?.id.text,
                shots: run.map { run in run.shotNumbers.compactMap { run.shots[$0]?.time } } ?? [])
        }
    }

    package func setTimerInUse(_ id: String, _ used: Bool) throws(RangeError) {
        guard let record = registry[DeviceID(id)] else { throw .unknown("there is no timer \"\(id)\"") }
        guard record.role == .timer else { throw .conflict("\"\(id)\" is a \(record.role.name), not a timer") }
        do {
            try registry.decide(record.id, DeviceDecision(adopt: used))
        } catch {
            throw .conflict("\(id): \(error.text)")
        }
    }

    package func waitUntilSaved() async -> String? {
        // Some properties of sensors and timers belong to the registry, which may have a store of its own.
        let failure = await registry.waitUntilSaved()
        let ownFailure = await persistence.flush()?.description
        return failure ?? ownFailure
    }

    package func explanation(of event: UInt64) async throws(RangeError) -> [UInt8] {
        try await explanations.explanation(of: event)
    }
}

extension DeviceRegistry {
    /// The record of a range sensor.
    func sensor(_ id: String) throws(RangeError) -> DeviceRecord {
        guard let record = self[DeviceID(id)] else { throw .unknown("there is no sensor \"\(id)\"") }
        guard case .sensor = record.role else { throw .conflict("\"\(id)\" is a \(record.role.name), not a sensor") }
        return record
    }
}
