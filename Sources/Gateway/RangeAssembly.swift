import Configuration
import Drivers
import Hub
import Metrics
import Reactor
import ShootingRange
import Store

extension RangeService {
    /// The service with the restored state of the store.
    static func open(
        _ configuration: Configuration, hub: Hub, registry: DeviceRegistry, store: DataStore, journal: EventJournal?,
        isSameBoot: Bool = false, metrics: MetricsRegistry
    ) async -> RangeService {
        let service = RangeService(
            hub: hub, registry: registry, store: store, settings: configuration.rangeSettings, metrics: metrics)
        service.setFallbackExplanation { [weak journal] id in await journal?.explanation(of: id) }
        await service.restore(within: .zero, isSameBoot: isSameBoot)
        return service
    }
}

extension Configuration {
    var rangeSettings: RangeService.Settings {
        RangeService.Settings(publishesRejects: range.refusedImpacts)
    }
}
