import Clocks
import Devices
import Drivers
import Events
import Hub
import Reactor
import Signals

/// The sensors of the range: finds impacts in their samples, and keeps their thresholds, calibrations and recordings.
@ReactorActor
final class RangeSensors {
    private let hub: Hub
    private let registry: DeviceRegistry
    private let targets: RangeTargets
    private let persistence: RangePersistence
    private let explanations: RangeExplanations
    private let metrics: RangeMetrics
    private let now: @ReactorActor () -> Moment
    private var sensors: [DeviceID: RangeSensor] = [:]
    /// What is stored of sensors, whether they are connected or not.
    private var states: [DeviceID: PersistedSensorState] = [:]

    var settings: RangeService.Settings
    /// Called for every published impact.
    var onImpact: @ReactorActor (RunImpact, Moment) -> Void = { _, _ in }

    /// Limits memory use if many sensors appear.
    private static let maximumSensors = 64
    private static let maximumStates = 256

    init(
        hub: Hub, registry: DeviceRegistry, targets: RangeTargets, persistence: RangePersistence,
        explanations: RangeExplanations, metrics: RangeMetrics, settings: RangeService.Settings,
        now: @escaping @ReactorActor () -> Moment
    ) {
        self.hub = hub
        self.registry = registry
        self.targets = targets
        self.persistence = persistence
        self.explanations = explanations
        self.metrics = metrics
        self.settings = settings
        self.now = now
    }

    var deadline: MonotonicTime? { sensors.values.compactMap(\.deadline).min() }

    /// The stored delays.
    var delays: [DeviceID: DelayModel] { states.compactMapValues(\.delay) }

    func state(of sensor: DeviceID) -> PersistedSensorState? { states[sensor] }

    // MARK: Samples

    func receive(
        _ readings: [BT50Reading], in notification: ArraySlice<UInt8>, of sensor: DeviceID, at moment: Moment
    ) {
        guard addIfNew(sensor) else { return }
        let thresholds = sensors[sensor]?.thresholds
        let findings = sensors[sensor]?.receive(readings, in: notification, at: moment) ?? []
        if let new = sensors[sensor]?.thresholds, new != thresholds { save(new, of: sensor) }
        for finding in findings { publish(finding, of: sensor, at: moment) }
        publishTapProgress(of: sensor, at: moment)
        if let calibration = sensors[sensor]?.calibrationToSave(at: moment.monotonic) {
            save(calibration, of: sensor)
        }
    }

    func connected(_ sensor: DeviceID) {
        guard addIfNew(sensor) else { return }
        sensors[sensor]?.isConnected = true
    }

    func disconnected(_ sensor: DeviceID, at moment: Moment) {
        for finding in sensors[sensor]?.linkLost(at: moment) ?? [] { publish(finding, of: sensor, at: moment) }
        publishTapProgress(of: sensor, at: moment)
    }

    func advance(to moment: Moment) {
        for sensor in sensors.keys {
            for finding in sensors[sensor]?.advance(to: moment) ?? [] { publish(finding, of: sensor, at: moment) }
            publishTapProgress(of: sensor, at: moment)
        }
    }

    /// Adds the sensor if it is new. False if there is no room.
    private func addIfNew(_ sensor: DeviceID) -> Bool {
        if sensors[sensor] != nil { return true }
        guard sensors.count < Self.maximumSensors else {
            metrics.sensorsRejected.add()
            return false
        }
        sensors[sensor] = RangeSensor(states[sensor] ?? PersistedSensorState())
        return true
    }

    private func publish(_ finding: ImpactFinding, of sensor: DeviceID, at moment: Moment) {
        metrics.recordMotion(finding.reject)
        guard finding.isImpact || settings.publishesRejects else { return }
        let target = registry.target(of: sensor)
        let event = ImpactEvent(
            finding, sensor: sensor, target: target, location: target.flatMap { targets[$0]?.location },
            frame: sensors[sensor]?.ring.bytes(of: finding.motion.samples.lowerBound) ?? [])
        let stamp = hub.publish(.impact(event), at: moment)
        if let sensor = sensors[sensor] { explanations.explain(event, finding, stamp, of: sensor) }
        guard finding.isImpact else { return }
        onImpact(
            RunImpact(
                id: stamp.id, sensor: sensor, target: target, rack: target.flatMap { targets[$0]?.rack },
                onset: finding.motion.onset, onsetError: finding.motion.onsetError,
                peakVelocity: finding.motion.peakVelocity), moment)
    }

    private func publishTapProgress(of sensor: DeviceID, at moment: Moment) {
        guard let progress = sensors[sensor]?.newTapProgress(), let record = registry[sensor] else { return }
        let event = DeviceEvent(
            device: sensor, family: record.family, name: record.name, change: .calibrating(progress))
        hub.publish(.device(event), at: moment)
    }

    // MARK: API

    func list(delays: [DeviceID: DelayModel]) -> [RangeSensorStatus] {
        registry.records.compactMap { record in
            guard case .sensor(let target) = record.role, record.adoption != .forgotten else { return nil }
            let sensor = sensors[record.id]
            let thresholds = thresholds(of: record.id)
            let ring = sensor?.ring.all
            return RangeSensorStatus(
                id: record.id.text, name: record.name, target: target, isConnected: sensor?.isConnected ?? false,
                thresholds: thresholds, limits: sensor?.detector.motionLimits ?? MotionLimits(thresholds),
                isMomentary: sensor?.detector.isMomentary ?? false,
                rest: sensor.map(\.detector.rest) ?? states[record.id]?.rest?.level,
                delay: delays[record.id].map { DelayEstimate($0) },
                samples: sensor?.detector.sampleCount ?? 0, impacts: sensor?.impacts ?? 0,
                rejects: sensor?.rejects ?? [:], lastImpact: sensor?.lastImpact,
                historySpan: ring?.last.flatMap { last in ring?.first.map { last.arrival - $0.arrival } } ?? .zero,
                recording: sensor?.recording?.name, taps: sensor?.tapCalibration)
        }
    }

    func setThresholds(
        of sensor: DeviceID, _ change: (ImpactThresholds) throws(RangeError) -> ImpactThresholds
    ) throws(RangeError) {
        let new = try change(thresholds(of: sensor))
        sensors[sensor]?.thresholds = new
        save(new, of: sensor)
        publishTapProgress(of: sensor, at: now())
    }

    private func save(_ thresholds: ImpactThresholds, of sensor: DeviceID) {
        states[sensor, default: PersistedSensorState()].thresholds = thresholds
        saveState(of: sensor)
    }

    /// Discards the rest level and the delay, so that they are learned again, and waits for taps that set the thresholds.
    func calibrate(_ sensor: DeviceID, taps: Int?) throws(RangeError) {
        if let taps {
            guard sensors[sensor]?.isConnected ?? false else {
                throw .conflict("sensor \"\(sensor)\" is not connected, so it cannot be tapped")
            }
            sensors[sensor]?.awaitTaps(taps, at: now().monotonic)
        }
        sensors[sensor]?.calibrate()
        states[sensor]?.delay = nil
        states[sensor]?.rest = nil
        saveState(of: sensor)
        publishTapProgress(of: sensor, at: now())
    }

    /// Ends the wait for taps; the thresholds from before it apply again. Without a wait, nothing changes.
    func stopCalibration(of sensor: DeviceID) {
        guard sensors[sensor]?.tapCalibration?.state == .waiting else { return }
        sensors[sensor]?.stopAwaitingTaps()
        publishTapProgress(of: sensor, at: now())
    }

    func dryRun(_ sensor: DeviceID, _ request: DryRunRequest) async throws(RangeError) -> DryRunResult {
        let present = thresholds(of: sensor)
        var notifications: [DryRun.Notification]
        var beginWall: WallTime?
        if let name = request.recording {
            notifications = SensorRecording.notifications(in: try await persistence.recording(name))
            await Task.yield()
        } else {
            let now = now()
            let since = request.span.map { now.monotonic - $0 } ?? MonotonicTime(nanoseconds: .min)
            let recent = sensors[sensor]?.ring.since(since) ?? []
            beginWall = recent.first.map { now.wall + ($0.arrival - now.monotonic) }
            notifications = recent.map { SensorRecording.notification($0) }
        }
        notifications.removeAll { $0.samples.isEmpty }
        guard let first = notifications.first, let last = notifications.last else {
            throw .conflict("no samples: the sensor has sent nothing recently, or the recording is empty")
        }
        let calibration = sensors[sensor]?.detector.calibration ?? states[sensor]?.rest
        let outcome = DryRun.run(notifications, thresholds: request.thresholds, calibration: calibration)
        // The other half of the work is done in the next iteration of the loop, after everything that is due.
        await Task.yield()
        return DryRunResult(
            begin: first.arrival, beginWall: beginWall, span: last.arrival - first.arrival,
            thresholds: request.thresholds, outcome: outcome,
            present: DryRun.run(notifications, thresholds: present, calibration: calibration))
    }

    func waveform(of sensor: DeviceID, span: Nanoseconds, count: Int) -> (waveform: Waveform, end: WallTime) {
        let now = now()
        let recent = sensors[sensor]?.ring.since(now.monotonic - span) ?? []
        let waveform = Waveform(
            recent.map { SensorRecording.notification($0) }, rest: sensors[sensor]?.detector.rest, span: span,
            until: now.monotonic, count: count)
        return (waveform, now.wall)
    }

    /// Starts a recording. Its length is limited to that of the sensor's sample buffer (two minutes).
    func startRecording(_ id: DeviceID, as name: String?) throws(RangeError) -> String {
        guard let sensor = sensors[id] else { throw .conflict("sensor \"\(id)\" has not sent any samples yet") }
        if let recording = sensor.recording {
            throw .conflict("the sensor is already being recorded as \"\(recording.name)\"")
        }
        let now = now()
        let name = name ?? "\(id)-\(ISO8601.string(now.wall, precision: .seconds).filter { $0 != ":" })"
        guard !name.isEmpty, !name.contains("/") else {
            throw .invalid("the name of a recording must not be empty or contain \"/\"")
        }
        sensors[id]?.recording = (name, now)
        return name
    }

    func stopRecording(_ id: DeviceID) throws(RangeError) -> RecordingStatus {
        guard let sensor = sensors[id], let (name, since) = sensor.recording else {
            throw .conflict("sensor \"\(id)\" is not being recorded")
        }
        sensors[id]?.recording = nil
        return persistence.saveRecording(
            name, of: id, started: since.wall, sensor.ring.since(since.monotonic))
    }

    private func thresholds(of sensor: DeviceID) -> ImpactThresholds {
        sensors[sensor]?.thresholds ?? states[sensor]?.thresholds ?? .standard
    }

    // MARK: Persistence

    func restore(_ stored: [DeviceID: PersistedSensorState]) {
        for (sensor, state) in stored where states.count < Self.maximumStates { states[sensor] = state }
    }

    func saveAll() {
        for sensor in states.keys { saveState(of: sensor) }
    }

    /// Stores the learned delays and the samples of the run.
    func runEnded(_ run: Run, delays: [DeviceID: DelayModel], at moment: Moment) {
        for (sensor, delay) in delays where states[sensor]?.delay != delay {
            guard canSaveState(of: sensor) else { continue }
            states[sensor, default: PersistedSensorState()].delay = delay
            saveState(of: sensor)
        }
        for (id, sensor) in sensors {
            let notifications = sensor.ring.since(run.began.monotonic - .seconds(1))
            guard let first = notifications.first else { continue }
            _ = persistence.saveRecording(
                "\(run.id.text)-\(id.text)", of: id, started: moment.wall + (first.arrival - moment.monotonic),
                notifications)
        }
    }

    /// Stores the rest level, so that it need not be learned after a restart.
    private func save(_ calibration: RestCalibration, of sensor: DeviceID) {
        guard canSaveState(of: sensor), states[sensor, default: PersistedSensorState()].update(calibration) else {
            return
        }
        saveState(of: sensor)
    }

    private func canSaveState(of sensor: DeviceID) -> Bool {
        states[sensor] != nil || states.count < Self.maximumStates
    }

    private func saveState(of sensor: DeviceID) {
        persistence.save(states[sensor], of: sensor)
    }
}
