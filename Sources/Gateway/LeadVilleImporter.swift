import Clocks
import Configuration
import Drivers
import Hub
import Metrics
import Reactor
import ShootingRange
import Store

/// Imports LeadVille's database into the store of a gateway that is not running.
package enum LeadVilleImporter {
    package enum ImportError: Error, CustomStringConvertible {
        case storeDisabled
        case storeUnavailable(String)
        case notWritten(Int)

        package var description: String {
            switch self {
            case .storeDisabled: "the store is disabled (store.enabled), so nothing can be imported"
            case .storeUnavailable(let reason):
                "the gateway's store cannot be opened: \(reason). Stop the gateway while you import."
            case .notWritten(let count): "\(count) changes could not be written to the disk"
            }
        }
    }

    @ReactorActor
    package static func run(
        _ file: String, _ configuration: Configuration
    ) async throws -> StageService.ImportSummary {
        let database = try LeadVilleDatabase(reading: file)
        guard configuration.store.enabled else { throw ImportError.storeDisabled }
        let store = try configuration.openStore()
        let start = await store.start(within: .seconds(5))
        guard start.wasRead else {
            let reason = if case .degraded(let error, _) = start.health { "\(error)" } else { "it does not respond" }
            _ = await store.close(within: .zero)
            throw ImportError.storeUnavailable(reason)
        }
        let (hub, metrics) = (Hub(latestID: UInt64(max(0, start.resumeSequence))), MetricsRegistry())
        let registry = DeviceRegistry(
            store: DeviceStore(store), policy: configuration.devicePolicy, hub: hub, metrics: metrics)
        let range = await RangeService.open(
            configuration, hub: hub, registry: registry, store: store, journal: nil, metrics: metrics)
        let stages = StageService(range, registry: registry, store: store, siteName: HostFacts.name)
        let summary = try stages.importLeadVille(database)
        registry.close()
        let unwritten = await store.close(within: .seconds(30))
        guard unwritten == 0 else { throw ImportError.notWritten(unwritten) }
        return summary
    }
}
