import Clocks
import Configuration
import Drivers
import Hub
import JSON
import Metrics
import Reactor
import ShootingRange
import Store
import Surfaces

extension RangeService {
    /// Opens the store and restores the state. A disk that does not respond within two seconds does not delay the start.
    static func open(
        _ configuration: Configuration, hub: Hub, registry: DeviceRegistry, journal: EventJournal?,
        metrics: MetricsRegistry
    ) async throws -> RangeService {
        var limits = RangeLimits()
        limits.runs = configuration.range.maximumRuns
        let store = try RunStore(
            path: try configuration.rangeFile(), limits: limits, timers: EventLoop.shared.timers)
        let service = RangeService(
            hub: hub, registry: registry, store: store, settings: configuration.rangeSettings, metrics: metrics,
            encode: LiveSocket.json)
        service.setFallbackExplanation { [weak journal] id in await journal?.explanation(of: id) }
        await service.restore(within: .seconds(2))
        return service
    }
}

extension Configuration {
    var rangeSettings: RangeService.Settings {
        RangeService.Settings(publishesRejects: range.refusedImpacts)
    }

    fileprivate func rangeFile() throws -> String? {
        guard store.enabled else { return nil }
        return range.file.isEmpty ? try StateDirectory.open(stateDirectory) + "/range.db" : range.file
    }
}

extension EventJournal {
    /// The journal's knowledge of an event without a stored explanation: content, time and device.
    fileprivate func explanation(of id: UInt64) async -> [UInt8]? {
        guard let entry = await entry(id) else { return nil }
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
}
