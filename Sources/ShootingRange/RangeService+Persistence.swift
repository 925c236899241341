import Clocks
import Events
import JSON
import Logging
import Reactor
import Signals
import Store

/// What outlives the gateway.
extension RangeService {
    /// Waits for the file, and takes over what is found in it: also a run that was under way.
    package func restore(within limit: Nanoseconds) async {
        guard let found = await store.start(within: limit) else {
            // Nobody knows how many runs there were; seconds since 1970 are more than anybody shoots.
            activeRuns = ActiveRuns(RunTracker(nextNumber: Int(now().wall.nanoseconds / 1_000_000_000)))
            return
        }
        for document in found.documents { restore(document) }
        let now = now()
        let inputs = found.inputs.compactMap { PersistedRunInput($0) }
        if inputs.count < found.inputs.count {
            Log.warning("range: \(found.inputs.count - inputs.count) parts of a run cannot be read")
        }
        activeRuns = .restored(
            from: inputs, lastInput: found.lastInput, nextNumber: Int(found.lastRun) + 1,
            delays: sensorStates.compactMapValues(\.delay), at: now)
        activeRuns.nameUpcoming(storedUpcomingNames)
        for run in activeRuns.tracker.runs where run.isOpen {
            Log.info("range: \(run.id) of \(run.timer) goes on, with \(run.shots.count) shots so far")
            let document = (try? await store.run(run.id.text)) ?? nil
            let events = document.flatMap { try? JSONValue(parsing: $0) }?["events"]?.arrayValue ?? []
            activeRuns.restoreEvents(events.compactMap { $0.integerValue.map(UInt64.init(clamping:)) }, of: run.id)
        }
        scheduleWakeUp()
    }

    private func restore(_ document: StoredRangeState.Document) {
        switch document.shelf {
        case .target:
            guard let object = try? JSONValue(parsing: document.body).objectValue,
                let target = try? TargetJSON.read(object, id: document.name).target
            else { return Log.warning("range: the target \(document.name) cannot be read, and is forgotten") }
            try? targets.put(target)
        case .sensor:
            guard sensorStates.count < Self.maximumSensorStates else { return }
            sensorStates[DeviceID(document.name)] = PersistedSensorState(document.body)
        case .range:
            guard document.name == Self.upcomingName else { return }
            storedUpcomingNames = PersistedRunInput(document.body)?.names ?? RunNames()
        }
    }

    /// The file has begun anew: it is told all that it should know.
    func saveEverything() {
        for target in targets.all { save(target) }
        for sensor in sensorStates.keys { saveState(of: sensor) }
        saveUpcoming()
        for run in activeRuns.records.keys { saveRun(run) }
    }

    func save(_ target: RangeTarget) {
        var writer = JSONWriter()
        TargetJSON.write(target, to: &writer)
        store.put(.document(.target, name: target.id, body: writer.finish()))
    }

    func saveState(of sensor: DeviceID) {
        store.put(.document(.sensor, name: sensor.text, body: sensorStates[sensor]?.json))
    }

    func saveUpcoming() {
        let kept = PersistedRunInput(
            input: .upcomingNames(activeRuns.tracker.upcoming, next: activeRuns.tracker.nextNumber), moment: now())
        store.put(.document(.range, name: Self.upcomingName, body: kept.json))
    }

    func saveRun(_ id: RunID) {
        guard let run = activeRuns.records[id] else { return }
        store.put(
            .run(
                StoredRun(
                    id: id.text, number: run.number, started: run.started, timer: run.timer.text, shooter: run.shooter,
                    stage: run.stage, state: run.state, body: RunJSON.document(run))))
    }

    /// What it taught of the sensors' delays is kept, and what they sent meanwhile.
    func runEnded(_ id: RunID, at moment: Moment) {
        for (sensor, delay) in activeRuns.tracker.delays where sensorStates[sensor]?.delay != delay {
            guard canSaveState(sensor) else { continue }
            sensorStates[sensor, default: PersistedSensorState()].delay = delay
            saveState(of: sensor)
        }
        saveUpcoming()
        guard let began = activeRuns.tracker[id]?.began.monotonic else { return }
        for (sensor, known) in sensors {
            let notifications = known.ring.since(began - .seconds(1))
            guard !notifications.isEmpty else { continue }
            store.put(
                .recording(
                    StoredRecording(
                        name: "\(id.text)-\(sensor.text)", sensor: sensor.text,
                        started: moment.wall + (notifications[0].arrival - moment.monotonic),
                        body: SensorRecording.text(notifications))))
        }
    }

    /// Whoever hangs where it hung needs not be learnt anew after a restart.
    func saveCalibration(_ rest: RestCalibration, of sensor: DeviceID) {
        guard canSaveState(sensor), sensorStates[sensor, default: PersistedSensorState()].update(rest) else { return }
        saveState(of: sensor)
    }

    private func canSaveState(_ sensor: DeviceID) -> Bool {
        sensorStates[sensor] != nil || sensorStates.count < Self.maximumSensorStates
    }

    private static let upcomingName = "upcoming"
    private static let maximumSensorStates = 256
}

extension PersistedRunInput {
    fileprivate var names: RunNames? {
        if case .upcomingNames(let names, _) = input { names } else { nil }
    }
}
