import Bluetooth
import Clocks
import Devices
import Events
import Hub
import Metrics
import Reactor
import Signals
import Store
import Surfaces

/// Keeps the range's books: what timers and sensors say becomes events, and these become runs; what is learnt from them
/// outlives the gateway.
@ReactorActor
final class RangeStation: RangeDesk {
    let hub: Hub
    let registry: DeviceRegistry
    let store: RunStore
    let timers: TimerQueue
    let figures: RangeFigures
    var settings: Settings
    var targets = RangeTargets()
    var sensors: [DeviceID: RangeSensor] = [:]
    var memories: [DeviceID: SensorMemory] = [:]
    let explanations: RangeExplanations
    var book = RunBook(RunTracker(nextNumber: 1))
    /// Which events told of the shots of each timer's latest string: what runs are explained by.
    var sources: [DeviceID: ShotSources] = [:]
    /// What the next run is called, as it was kept.
    var upcomingMemory = RunNames()
    /// How often a run that is in the file alone was changed.
    var storedRunChanges = 0
    weak var remote: (any TimerRemote)?
    /// What others know of an event, as JSON; nil when they know nothing.
    var recall: ((UInt64) async -> [UInt8]?)?
    /// What time it is, on both clocks.
    let now: @ReactorActor () -> Moment
    private var alarm: (deadline: MonotonicTime, token: TimerQueue.Token)?

    struct Settings: Hashable, Sendable {
        /// Whether clients are told of what was no impact.
        var tellsRefused = false
    }

    /// Whoever sends the names of many sensors shall not fill the memory.
    static let mostSensors = 64

    init(
        hub: Hub, registry: DeviceRegistry, store: RunStore, settings: Settings = Settings(), metrics: MetricsRegistry,
        timers: TimerQueue = EventLoop.shared.timers, now: @escaping @ReactorActor () -> Moment = { .now() }
    ) {
        self.now = now
        self.hub = hub
        self.registry = registry
        self.store = store
        self.settings = settings
        self.timers = timers
        figures = RangeFigures(metrics)
        explanations = RangeExplanations(store)
        store.register(in: metrics)
        store.hasBegunAnew = { [weak self] in self?.rememberEverything() }
    }

    // MARK: Timers

    func timer(_ timer: DeviceID, said statement: TimerStatement, at moment: Moment) {
        figures.heard(statement.source)
        let source = StatementSource(statement.source)
        let actions = book.actions(of: timer, statement.action)
        for action in actions {
            let (runEvents, notes) = book.take(
                .said(timer, action, string: statement.string, source), at: moment)
            let event = TimerEvent(
                timer: timer, action: action, string: statement.string, frame: statement.frame, source: source)
            let stamp = hub.publish(.timer(event), at: moment, device: book.deviceTime(of: timer, action))
            sources[timer, default: ShotSources()].told(action, by: stamp.id)
            explanations.explain(event, stamp, clock: book.clock(of: timer))
            tell(runEvents, notes, at: moment)
        }
        keepTime()
    }

    func timerIsReady(_ timer: DeviceID, at moment: Moment) {
        take(.timerReady(timer), at: moment)
        // After a restart the link is new to the session, which then asks for nothing by itself.
        if book.isRemade(of: timer) { try? remote?.command(.requestString, to: timer) }
    }

    func timerIsLost(_ timer: DeviceID, at moment: Moment) {
        take(.timerLost(timer), at: moment)
    }

    func take(_ input: RangeInput, at moment: Moment) {
        let (events, notes) = book.take(input, at: moment)
        tell(events, notes, at: moment)
        keepTime()
    }

    /// Publishes what has become of runs, and writes it down.
    func tell(_ events: [RunEvent], _ notes: RunBook.Notes, at moment: Moment) {
        for (number, input) in notes.inputs { store.put(.input(number: number, body: input.json)) }
        var changed: [RunID] = []
        for event in events {
            let stamp = hub.publish(.run(event), at: moment)
            book.told(event, id: stamp.id, at: moment.wall)
            explanations.explain(event, stamp, in: book, sources[event.timer] ?? ShotSources())
            if !changed.contains(event.run) { changed.append(event.run) }
            if case .ended = event.change { runEnded(event.run, at: moment) }
        }
        for run in changed { keepRun(run) }
        if let through = notes.forget { store.put(.forgetInputs(through: through)) }
    }

    // MARK: Sensors

    func sensor(
        _ sensor: DeviceID, measured readings: [BT50Reading], in notification: ArraySlice<UInt8>, at moment: Moment
    ) {
        guard meet(sensor) else { return }
        let findings = sensors[sensor]?.take(readings, in: notification, at: moment) ?? []
        for finding in findings { publish(finding, of: sensor, at: moment) }
        if let rest = sensors[sensor]?.restToKeep(at: moment.monotonic) { keepRest(rest, of: sensor) }
        keepTime()
    }

    func sensorIsReady(_ sensor: DeviceID, at moment: Moment) {
        guard meet(sensor) else { return }
        sensors[sensor]?.isConnected = true
    }

    func sensorIsLost(_ sensor: DeviceID, at moment: Moment) {
        for finding in sensors[sensor]?.linkLost(at: moment) ?? [] { publish(finding, of: sensor, at: moment) }
        keepTime()
    }

    /// False when there is no room for another one.
    private func meet(_ sensor: DeviceID) -> Bool {
        if sensors[sensor] != nil { return true }
        guard sensors.count < Self.mostSensors else {
            figures.sensorsRefused.add()
            return false
        }
        sensors[sensor] = RangeSensor(memories[sensor] ?? SensorMemory())
        return true
    }

    private func publish(_ finding: ImpactFinding, of sensor: DeviceID, at moment: Moment) {
        figures.found(finding.refusal)
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
        take(.felt(impact), at: moment)
    }

    // MARK: Time

    /// Sees to it that whatever is due by itself is done in time.
    func keepTime() {
        let deadline = (sensors.values.compactMap(\.detector.deadline) + [book.tracker.deadline].compactMap(\.self))
            .min()
        if let alarm, alarm.deadline == deadline { return }
        if let alarm { timers.cancel(alarm.token) }
        alarm = deadline.map { deadline in
            (deadline, timers.at(deadline) { [weak self] in self?.timePasses() })
        }
    }

    private func timePasses() {
        alarm = nil
        let now = now()
        for sensor in sensors.keys {
            for finding in sensors[sensor]?.advance(to: now) ?? [] { publish(finding, of: sensor, at: now) }
        }
        let (events, notes) = book.advance(to: now)
        tell(events, notes, at: now)
        keepTime()
    }
}
