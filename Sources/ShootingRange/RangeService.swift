import Bluetooth
import Clocks
import Devices
import Drivers
import Events
import Hub
import Metrics
import Reactor
import Signals
import Store

/// Keeps the range's books: what timers and sensors say becomes events, and these become runs; what is learnt from them
/// outlives the gateway.
@ReactorActor
package final class RangeService: RangeEventSink {
    let hub: Hub
    package let registry: DeviceRegistry
    let store: RunStore
    let timers: TimerQueue
    let rangeMetrics: RangeMetrics
    package var settings: Settings
    package var targets = RangeTargets()
    var sensors: [DeviceID: RangeSensor] = [:]
    var sensorStates: [DeviceID: PersistedSensorState] = [:]
    let explanations: RangeExplanations
    var activeRuns = ActiveRuns(RunTracker(nextNumber: 1))
    /// Which events told of the shots of each timer's latest string: what runs are explained by.
    var shotEventIDs: [DeviceID: ShotEventIDs] = [:]
    /// What the next run is called, as it was kept.
    var storedUpcomingNames = RunNames()
    /// How often a run that is in the file alone was changed.
    var storedRunChanges = 0
    package weak var remote: (any TimerController)?
    /// What others know of an event, as JSON; nil when they know nothing.
    package var fallbackExplanation: ((UInt64) async -> [UInt8]?)?
    /// What time it is, on both clocks.
    let now: @ReactorActor () -> Moment
    private var alarm: (deadline: MonotonicTime, token: TimerQueue.Token)?

    package struct Settings: Hashable, Sendable {
        /// Whether clients are told of what was no impact.
        package var tellsRefused = false
        package init(tellsRefused: Bool = false) { self.tellsRefused = tellsRefused }
    }

    /// Whoever sends the names of many sensors shall not fill the memory.
    static let maximumSensors = 64

    package init(
        hub: Hub, registry: DeviceRegistry, store: RunStore, settings: Settings = Settings(), metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, now: @escaping @ReactorActor () -> Moment = { .now() },
        encode: @escaping @ReactorActor (Event) -> [UInt8]?
    ) {
        self.now = now
        self.hub = hub
        self.registry = registry
        self.store = store
        self.settings = settings
        self.timers = timers
        rangeMetrics = RangeMetrics(metrics)
        explanations = RangeExplanations(store, encode: encode)
        store.register(in: metrics)
        store.onReset = { [weak self] in self?.saveEverything() }
    }

    // MARK: Timers

    package func timer(_ timer: DeviceID, reported statement: TimerReport, at moment: Moment) {
        rangeMetrics.recordTimerReport(statement.source)
        let source = TimerReportSource(statement.source)
        let actions = activeRuns.actions(of: timer, statement.action)
        for action in actions {
            let (runEvents, notes) = activeRuns.apply(
                .timerReport(timer, action, string: statement.string, source), at: moment)
            let event = TimerEvent(
                timer: timer, action: action, string: statement.string, frame: statement.frame, source: source)
            let stamp = hub.publish(.timer(event), at: moment, device: activeRuns.deviceTime(of: timer, action))
            shotEventIDs[timer, default: ShotEventIDs()].record(action, event: stamp.id)
            explanations.explain(event, stamp, clock: activeRuns.clock(of: timer))
            publish(runEvents, notes, at: moment)
        }
        scheduleWakeUp()
    }

    package func timerReady(_ timer: DeviceID, at moment: Moment) {
        apply(.timerReady(timer), at: moment)
        // After a restart the link is new to the session, which then asks for nothing by itself.
        if activeRuns.hasRestoredRun(of: timer) { try? remote?.send(.requestString, to: timer) }
    }

    package func timerDisconnected(_ timer: DeviceID, at moment: Moment) {
        apply(.timerDisconnected(timer), at: moment)
    }

    func apply(_ input: RangeInput, at moment: Moment) {
        let (events, notes) = activeRuns.apply(input, at: moment)
        publish(events, notes, at: moment)
        scheduleWakeUp()
    }

    /// Publishes what has become of runs, and writes it down.
    func publish(_ events: [RunEvent], _ notes: ActiveRuns.PendingWrites, at moment: Moment) {
        for (number, input) in notes.inputs { store.put(.input(number: number, body: input.json)) }
        var changed: [RunID] = []
        for event in events {
            let stamp = hub.publish(.run(event), at: moment)
            activeRuns.record(event, id: stamp.id, at: moment.wall)
            explanations.explain(event, stamp, in: activeRuns, shotEventIDs[event.timer] ?? ShotEventIDs())
            if !changed.contains(event.run) { changed.append(event.run) }
            if case .ended = event.change { runEnded(event.run, at: moment) }
        }
        for run in changed { saveRun(run) }
        if let through = notes.forget { store.put(.forgetInputs(through: through)) }
    }

    // MARK: Sensors

    package func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment
    ) {
        guard ensureSensor(sensor) else { return }
        let findings = sensors[sensor]?.receive(readings, in: notification, at: moment) ?? []
        for finding in findings { publish(finding, of: sensor, at: moment) }
        if let rest = sensors[sensor]?.calibrationToSave(at: moment.monotonic) { saveCalibration(rest, of: sensor) }
        scheduleWakeUp()
    }

    package func sensorReady(_ sensor: DeviceID, at moment: Moment) {
        guard ensureSensor(sensor) else { return }
        sensors[sensor]?.isConnected = true
    }

    package func sensorDisconnected(_ sensor: DeviceID, at moment: Moment) {
        for finding in sensors[sensor]?.linkLost(at: moment) ?? [] { publish(finding, of: sensor, at: moment) }
        scheduleWakeUp()
    }

    /// False when there is no room for another one.
    private func ensureSensor(_ sensor: DeviceID) -> Bool {
        if sensors[sensor] != nil { return true }
        guard sensors.count < Self.maximumSensors else {
            rangeMetrics.sensorsRejected.add()
            return false
        }
        sensors[sensor] = RangeSensor(sensorStates[sensor] ?? PersistedSensorState())
        return true
    }

    private func publish(_ finding: ImpactFinding, of sensor: DeviceID, at moment: Moment) {
        rangeMetrics.recordMotion(finding.reject)
        guard finding.isImpact || settings.tellsRefused else { return }
        let target = registry.target(of: sensor)
        let event = ImpactEvent(
            finding, sensor: sensor, target: target, location: target.flatMap { targets[$0]?.location },
            frame: sensors[sensor]?.ring.bytes(of: finding.motion.samples.lowerBound) ?? [])
        let stamp = hub.publish(.impact(event), at: moment)
        if let known = sensors[sensor] { explanations.explain(event, finding, stamp, of: known) }
        guard finding.isImpact else { return }
        let impact = RunImpact(
            id: stamp.id, sensor: sensor, target: target, rack: target.flatMap { targets[$0]?.rack },
            onset: finding.motion.onset, onsetError: finding.motion.onsetError,
            peakVelocity: finding.motion.peakVelocity)
        apply(.impact(impact), at: moment)
    }

    // MARK: Time

    /// Sees to it that whatever is due by itself is done in time.
    func scheduleWakeUp() {
        let deadline =
            (sensors.values.compactMap(\.detector.deadline) + [activeRuns.tracker.deadline].compactMap(\.self))
            .min()
        if let alarm, alarm.deadline == deadline { return }
        if let alarm { timers.cancel(alarm.token) }
        alarm = deadline.map { deadline in
            (deadline, timers.at(deadline) { [weak self] in self?.advanceToNow() })
        }
    }

    private func advanceToNow() {
        alarm = nil
        let now = now()
        for sensor in sensors.keys {
            for finding in sensors[sensor]?.advance(to: now) ?? [] { publish(finding, of: sensor, at: now) }
        }
        let (events, notes) = activeRuns.advance(to: now)
        publish(events, notes, at: now)
        scheduleWakeUp()
    }
}
