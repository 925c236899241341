import Clocks
import Configuration
import Drivers
import Hub
import Metrics
import Reactor
import Store

/// What stores and dates events.
@ReactorActor
struct StorageAssembly {
    let store: DataStore
    /// The same, unless the store is disabled.
    let deviceStore: DataStore
    let hub: Hub
    let clock: ClockService
    /// Nil if the store is disabled.
    let journal: EventJournal?
    private let isEnabled: Bool

    init(_ configuration: Configuration, metrics: MetricsRegistry) async throws {
        isEnabled = configuration.store.enabled
        store = try configuration.openStore()
        deviceStore = isEnabled ? store : configuration.openDeviceStore() ?? store
        store.register(in: metrics)
        // When the disk takes longer than this, the gateway continues with ids above all that the store may hold.
        hub = Hub(latestID: UInt64(max(0, await store.start(within: .seconds(2)).resumeSequence)))
        // Before anything is dated.
        clock = ClockService(store: store, hub: hub)
        journal = isEnabled ? EventJournal(store, configuration.store, hub: hub) : nil
        _ = await deviceStore.start(within: .seconds(2))
    }

    /// The store, unless it is disabled: then it holds nothing of earlier days.
    var enabledStore: DataStore? { isEnabled ? store : nil }

    func close(within limit: Nanoseconds) async {
        if !isEnabled { _ = await deviceStore.close(within: limit) }
        _ = await store.close(within: limit, lastSequence: Int64(clamping: hub.latestID))
    }
}
