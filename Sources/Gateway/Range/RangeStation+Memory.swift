import Clocks
import Events
import JSON
import Logging
import Reactor
import Signals
import Store
import Surfaces

/// What outlives the gateway.
extension RangeStation {
    /// Waits for the file, and takes over what is found in it: also a run that was under way.
    func remember(within limit: Nanoseconds) async {
        guard let found = await store.start(within: limit) else {
            // Nobody knows how many runs there were; seconds since 1970 are more than anybody shoots.
            book = RunBook(RunTracker(nextNumber: Int(now().wall.nanoseconds / 1_000_000_000)))
            return
        }
        for document in found.documents { remember(document) }
        let now = now()
        let inputs = found.inputs.compactMap { KeptInput($0) }
        if inputs.count < found.inputs.count {
            Log.warning("range: \(found.inputs.count - inputs.count) parts of a run cannot be read")
        }
        book = .remade(
            from: inputs, lastInput: found.lastInput, nextNumber: Int(found.lastRun) + 1,
            delays: memories.compactMapValues(\.delay), at: now)
        book.nameUpcoming(upcomingMemory)
        for run in book.tracker.runs where run.isOpen {
            Log.info("range: \(run.id) of \(run.timer) goes on, with \(run.shots.count) shots so far")
            let document = (try? await store.run(run.id.text)) ?? nil
            let events = document.flatMap { try? JSONValue(parsing: $0) }?["events"]?.arrayValue ?? []
            book.restoreEvents(events.compactMap { $0.integerValue.map(UInt64.init(clamping:)) }, of: run.id)
        }
        keepTime()
    }

    private func remember(_ document: RangeOpening.Document) {
        switch document.shelf {
        case .target:
            guard let object = try? JSONValue(parsing: document.body).objectValue,
                let target = try? TargetJSON.read(object, id: document.name).target
            else { return Log.warning("range: the target \(document.name) cannot be read, and is forgotten") }
            try? targets.put(target)
        case .sensor:
            guard memories.count < Self.mostMemories else { return }
            memories[DeviceID(document.name)] = SensorMemory(document.body)
        case .range:
            guard document.name == Self.upcomingName else { return }
            upcomingMemory = KeptInput(document.body)?.names ?? RunNames()
        }
    }

    /// The file has begun anew: it is told all that it should know.
    func rememberEverything() {
        for target in targets.all { keep(target) }
        for sensor in memories.keys { keepMemory(of: sensor) }
        keepUpcoming()
        for run in book.records.keys { keepRun(run) }
    }

    func keep(_ target: RangeTarget) {
        var writer = JSONWriter()
        TargetJSON.write(target, to: &writer)
        store.put(.document(.target, name: target.id, body: writer.take()))
    }

    func keepMemory(of sensor: DeviceID) {
        store.put(.document(.sensor, name: sensor.text, body: memories[sensor]?.json))
    }

    func keepUpcoming() {
        let kept = KeptInput(
            input: .upcoming(book.tracker.upcoming, next: book.tracker.nextNumber), moment: now())
        store.put(.document(.range, name: Self.upcomingName, body: kept.json))
    }

    func keepRun(_ id: RunID) {
        guard let run = book.records[id] else { return }
        store.put(
            .run(
                StoredRun(
                    id: id.text, number: run.number, started: run.started, timer: run.timer.text, shooter: run.shooter,
                    stage: run.stage, state: run.state, body: RunJSON.document(run))))
    }

    /// What it taught of the sensors' delays is kept, and what they sent meanwhile.
    func runEnded(_ id: RunID, at moment: Moment) {
        for (sensor, delay) in book.tracker.delays where memories[sensor]?.delay != delay {
            guard mayRemember(sensor) else { continue }
            memories[sensor, default: SensorMemory()].delay = delay
            keepMemory(of: sensor)
        }
        keepUpcoming()
        guard let began = book.tracker[id]?.began.monotonic else { return }
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
    func keepRest(_ rest: KnownRest, of sensor: DeviceID) {
        guard mayRemember(sensor), memories[sensor, default: SensorMemory()].take(rest) else { return }
        keepMemory(of: sensor)
    }

    private func mayRemember(_ sensor: DeviceID) -> Bool {
        memories[sensor] != nil || memories.count < Self.mostMemories
    }

    private static let upcomingName = "upcoming"
    private static let mostMemories = 256
}

extension KeptInput {
    fileprivate var names: RunNames? {
        if case .upcoming(let names, _) = input { names } else { nil }
    }
}
