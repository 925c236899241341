import Clocks
import Configuration
import Events
import Hub
import Logging
import Metrics
import Reactor
import Store
import Surfaces

/// Keeps the events in the store, in the words of the live socket.
@ReactorActor
final class EventJournal {
    private let journal: Journal
    private var storesTelemetry: Bool

    /// Nil, and said why, when it cannot even begin: the gateway goes on without.
    init?(path: String, _ configuration: Configuration.Store, metrics: MetricsRegistry) {
        var options = JournalOptions(path: path)
        options.retention = Self.retention(configuration)
        do throws(SystemError) {
            journal = try Journal(options, timers: EventLoop.shared.timers)
        } catch {
            Log.error("No event journal: \(error)")
            return nil
        }
        storesTelemetry = configuration.telemetry
        journal.onEvent = { $0.writeToLog() }
        journal.register(in: metrics)
    }

    /// The number of the latest event that is known from before.
    func start(within limit: Nanoseconds) async -> UInt64 {
        UInt64(max(0, await journal.start(within: limit).resumeSequence))
    }

    func subscribe(to hub: Hub) {
        _ = hub.subscribe { [weak self] in self?.record($0) }
    }

    func apply(_ configuration: Configuration.Store) {
        storesTelemetry = configuration.telemetry
        journal.setRetention(Self.retention(configuration))
    }

    /// An event as it was kept; nil when it was not, or is forgotten.
    func entry(_ id: UInt64) async -> JournalEntry? {
        let page = try? await journal.entries(after: Int64(clamping: id) - 1, limit: 1)
        return page?.entries.first { $0.sequence == Int64(clamping: id) }
    }

    func close(within limit: Nanoseconds, latestID: UInt64) async {
        _ = await journal.close(within: limit, lastSequence: Int64(clamping: latestID))
    }

    /// Frames of mats would fill the disk within hours, so they are not kept.
    private func record(_ event: Event) {
        let isTelemetry = event.body.kind.isTelemetry
        let sequence = Int64(clamping: event.stamp.id)
        guard storesTelemetry || !isTelemetry, event.body.kind != .pressure, let body = LiveSocket.json(event) else {
            journal.skip(sequence)
            return
        }
        let entry = JournalEntry(
            sequence: sequence, time: event.stamp.wall, kind: event.body.kind.name,
            source: event.body.source, body: body)
        journal.append(entry, isTelemetry ? .telemetry : .urgent)
    }

    private static func retention(_ configuration: Configuration.Store) -> RetentionPolicy {
        RetentionPolicy(days: configuration.retentionDays, megabytes: configuration.maximumMegabytes)
    }
}

extension EventBody {
    /// The device that it comes from, as the journal names it.
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
        }
    }
}
