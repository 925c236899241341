import Clocks
import Configuration
import Events
import Hub
import JSON
import Logging
import Reactor
import Store

/// Stores the events of the hub.
@ReactorActor
final class EventJournal {
    private let store: DataStore
    private var storesTelemetry: Bool

    init(_ store: DataStore, _ configuration: Configuration.Store, hub: Hub) {
        self.store = store
        storesTelemetry = configuration.telemetry
        _ = hub.subscribe { [weak self] in self?.record($0) }
    }

    func apply(_ configuration: Configuration) {
        storesTelemetry = configuration.store.telemetry
        store.setRetention(configuration.retention)
    }

    /// What is known of an event without an explanation: its JSON, when it arrived, and its device.
    func explanation(of id: UInt64) async -> [UInt8]? {
        let sequence = Int64(clamping: id)
        let page = try? await store.entries(after: sequence - 1, limit: 1)
        guard let entry = page?.entries.first, entry.sequence == sequence else { return nil }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", id)
        writer.member("kind", entry.kind)
        writer.member("event", raw: entry.body[...])
        writer.member("device_id", entry.source)
        writer.key("clock")
        writer.beginObject()
        writer.member("arrived", entry.time, precision: .microseconds)
        writer.endObject()
        writer.member("remark", "the original bytes are not stored")
        writer.endObject()
        return writer.finish()
    }

    private func record(_ event: Event) {
        let kind = event.body.kind
        let sequence = Int64(clamping: event.stamp.id)
        // Anybody on the network can also cause users to fall silent.
        let isTelemetry = JournalGroup(kind: kind.name) == .telemetry
        guard EventCodec.stores(kind), storesTelemetry || !kind.isTelemetry else { return store.skip(sequence) }
        let source = event.body.source
        guard !isTelemetry || store.admitsTelemetry(from: source), let body = EventCodec.encode(event) else {
            return store.skip(sequence)
        }
        let entry = JournalEntry(
            sequence: sequence, time: event.stamp.wall, kind: kind.name, source: source, body: body)
        store.append(entry, isTelemetry ? .telemetry : .urgent)
    }
}

extension EventBody {
    /// The device that it comes from.
    fileprivate var source: String {
        switch self {
        case .heart(let heart): heart.device.text
        case .timer(let timer): timer.timer.text
        case .impact(let impact): impact.sensor.text
        case .run(let run): run.timer.text
        case .pressure(let pressure): pressure.mat.text
        case .motion(let motion): motion.phone.text
        case .device(let device): device.device.text
        case .adapter(let adapter): adapter.adapter
        case .heartBeat(let beat): beat.device.text
        case .heartContact(let contact): contact.device.text
        case .heartSilence(let silence): silence.device.text
        case .measurement(let measurement): measurement.device.text
        case .application: "application"
        case .recording(let recording): recording.phone.text
        case .broker(let broker): broker.broker
        case .audit: "audit"
        case .clock: "clock"
        }
    }
}

extension Configuration {
    fileprivate var retention: RetentionPolicy {
        var policy = RetentionPolicy(days: store.retentionDays, megabytes: store.maximumMegabytes)
        policy.runs = range.maximumRuns
        policy.workouts = pressure.maximumWorkouts
        policy.workoutMegabytes = pressure.maximumMegabytes
        return policy
    }

    /// The database of events, runs and workouts.
    package var storePath: String {
        store.file.isEmpty ? StateDirectory.path(stateDirectory) + "/gateway.db" : store.file
    }

    /// The store, in memory if it is disabled.
    @ReactorActor
    func openStore() throws -> DataStore {
        guard store.enabled else { return try DataStore(StoreOptions(path: nil), timers: EventLoop.shared.timers) }
        let directory = StateDirectory.path(stateDirectory)
        if store.file.isEmpty { _ = try StateDirectory.open(stateDirectory) }
        var options = StoreOptions(path: storePath)
        options.legacy.range = range.file.isEmpty ? directory + "/range.db" : range.file
        return try open(options)
    }

    /// The store of what does not depend on `store.enabled`: devices and baud rates.
    @ReactorActor
    func openDeviceStore() -> DataStore? {
        do {
            return try open(StoreOptions(path: StateDirectory.open(stateDirectory) + "/devices.db"))
        } catch {
            Logging.Log.error("Devices are kept in memory only: \(error)")
            return nil
        }
    }

    @ReactorActor
    private func open(_ options: StoreOptions) throws -> DataStore {
        var options = options
        let directory = StateDirectory.path(stateDirectory)
        options.retention = retention
        options.legacy.devices = directory + "/devices.json"
        options.legacy.serialRates = directory + "/serial-rates"
        let dataStore = try DataStore(options, timers: EventLoop.shared.timers)
        dataStore.onEvent = { $0.writeToLog() }
        return dataStore
    }
}
