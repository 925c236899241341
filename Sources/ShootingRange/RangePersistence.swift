import Clocks
import Events
import JSON
import Logging
import Reactor
import Signals
import Store

/// What the range stores, in its own formats.
@ReactorActor
final class RangePersistence {
    private let store: DataStore
    private let log = ThrottledLog()

    /// What a start finds in the store.
    struct State {
        var targets: [RangeTarget] = []
        var sensors: [DeviceID: PersistedSensorState] = [:]
        var upcomingNames = RunNames()
        /// The inputs of a run in progress.
        var inputs: [PersistedRunInput] = []
        var lastInput: Int64 = 0
        var nextRun = 1
    }

    private static let upcomingName = "upcoming"

    init(_ store: DataStore) {
        self.store = store
    }

    /// Calls `body` when the database was recreated and has nothing that was saved before.
    func onReset(_ body: @escaping @ReactorActor () -> Void) {
        store.onReset(body)
    }

    /// Nil if the store cannot be opened within the limit.
    func load(within limit: Nanoseconds) async -> State? {
        guard let stored = await store.start(within: limit).state else { return nil }
        var state = State()
        for document in stored.documents {
            switch document.kind {
            case .target:
                if let target = TargetDocument.read(document.body, id: document.name) {
                    state.targets.append(target)
                } else {
                    Log.warning("Stored target \(document.name) is damaged and is ignored")
                }
            case .sensor: state.sensors[DeviceID(document.name)] = PersistedSensorState(document.body)
            case .range:
                guard document.name == Self.upcomingName,
                    case .upcomingNames(let names, _)? = PersistedRunInput(document.body)?.input
                else { continue }
                state.upcomingNames = names
            case .device, .serialRate, .stagePlan: break
            }
        }
        state.inputs = stored.inputs.compactMap { PersistedRunInput($0) }
        if state.inputs.count < stored.inputs.count {
            Log.warning(
                "\(stored.inputs.count - state.inputs.count) stored inputs of a run are damaged and are ignored")
        }
        state.lastInput = stored.lastInput
        state.nextRun = Int(stored.lastRun) + 1
        return state
    }

    // MARK: Writing

    func save(_ target: RangeTarget) {
        store.put(.document(.target, name: target.id, body: TargetDocument.json(of: target)))
    }

    func removeTarget(_ id: String) {
        store.put(.document(.target, name: id, body: nil))
    }

    func save(_ state: PersistedSensorState?, of sensor: DeviceID) {
        store.put(.document(.sensor, name: sensor.text, body: state?.json))
    }

    func saveUpcoming(_ input: PersistedRunInput) {
        store.put(.document(.range, name: Self.upcomingName, body: input.json))
    }

    func save(_ input: PersistedRunInput, number: Int64) {
        store.put(.input(number: number, body: input.json))
    }

    func removeInputs(through number: Int64) {
        store.put(.deleteInputs(through: number))
    }

    func save(_ run: RunRecord) {
        store.put(
            .run(
                StoredRun(
                    id: run.id.text, number: run.number, started: run.started, timer: run.timer.text,
                    shooter: run.shooter, stage: run.stage, state: run.state, body: RunCodec.encode(run))))
    }

    func removeRun(_ id: String) {
        store.put(.deleteRun(id))
    }

    func saveRecording(
        _ name: String, of sensor: DeviceID, started: WallTime, _ notifications: [RecordedNotification]
    ) -> RecordingStatus {
        let body = SensorRecording.text(notifications)
        store.put(.recording(StoredRecording(name: name, sensor: sensor.text, started: started, body: body)))
        return RecordingStatus(name: name, sensor: sensor.text, started: started, bytes: body.count)
    }

    func saveExplanation(_ body: [UInt8], of event: UInt64) {
        store.put(.explanation(event: event, body: body))
    }

    /// Returns when everything so far is on the disk, or why it is not.
    func flush() async -> StoreError? { await store.flush() }

    // MARK: Reading

    func runs(_ query: RunQuery) async throws(RangeError) -> RunList {
        let page = try await read { () throws(StoreError) in try await store.runs(query) }
        var runs: [RunRecord] = []
        for body in page.bodies {
            if let run = RunCodec.decode(body) { runs.append(run) }
            // A page of 500 runs takes tens of milliseconds: the loop serves others in between.
            await Task.yield()
        }
        if runs.count < page.bodies.count {
            log.warning("run", "\(page.bodies.count - runs.count) stored runs are damaged and are left out")
        }
        return RunList(runs, next: page.hasMore ? page.last : nil)
    }

    /// Nil if no run has this id.
    func run(_ id: String) async throws(RangeError) -> RunRecord? {
        guard let body = try await read({ () throws(StoreError) in try await store.run(id) }) else { return nil }
        guard let run = RunCodec.decode(body) else { throw .unavailable("stored run \"\(id)\" is damaged") }
        return run
    }

    func recordings() async throws(RangeError) -> [RecordingStatus] {
        try await read { () throws(StoreError) in try await store.recordings() }.map {
            RecordingStatus(name: $0.name, sensor: $0.sensor, started: $0.started, bytes: $0.bytes)
        }
    }

    func recording(_ name: String) async throws(RangeError) -> [UInt8] {
        let body = try await read { () throws(StoreError) in try await store.recording(name) }
        guard let body else { throw .unknown("there is no recording \"\(name)\"") }
        return body
    }

    func explanation(of event: UInt64) async throws(RangeError) -> [UInt8]? {
        try await read { () throws(StoreError) in try await store.explanation(of: event) }
    }

    /// Maps errors of the store to those of the API.
    private func read<Answer: Sendable>(
        _ query: @ReactorActor () async throws(StoreError) -> Answer
    ) async throws(RangeError) -> Answer {
        do {
            return try await query()
        } catch {
            throw .unavailable("\(error)")
        }
    }
}

/// The stored form of a target; its id is the name of the document.
private enum TargetDocument {
    static func json(of target: RangeTarget) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("name", target.name)
        if let rack = target.rack { writer.member("rack", rack) }
        if let location = target.location {
            var point = JSONObject()
            point.set("x", to: .number(location.x))
            point.set("y", to: .number(location.y))
            writer.member("location", .object(point))
        }
        writer.endObject()
        return writer.finish()
    }

    static func read(_ json: [UInt8], id: String) -> RangeTarget? {
        guard let object = try? JSONValue(parsing: json, limits: .stored).objectValue,
            let name = object["name"]?.stringValue
        else {
            return nil
        }
        var target = RangeTarget(id: id, name: name)
        target.rack = object["rack"]?.stringValue
        if let x = object["location"]?["x"]?.doubleValue, let y = object["location"]?["y"]?.doubleValue {
            target.location = TargetPoint(x: x, y: y)
        }
        return target
    }
}
