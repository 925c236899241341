import Bluetooth
import Clocks
import Configuration
import Logging
import Metrics
import Reactor
import Surfaces
import Web

/// Assembles and runs the gateway's components.
@ReactorActor
package final class Gateway {
    private var configuration: Configuration
    private let metrics = MetricsRegistry()
    private let storage: StorageAssembly
    private let devices: DeviceAssembly
    private let surfaces: SurfaceAssembly
    private let access: AccessAssembly
    let servers: [(listener: Configuration.Listener, server: WebServer)]
    private let memory = MemoryReleaser()

    /// Assembles the gateway. No I/O with clients or devices happens before `start`.
    /// - Parameter withDemo: adds virtual devices.
    /// - Parameter radio: the Bluetooth radio; nil for the kernel's.
    package init(_ resolved: ResolvedConfiguration, withDemo: Bool = false, radio: (any Radio)? = nil) async throws {
        let started = Moment.now()
        configuration = resolved.configuration
        storage = try await StorageAssembly(configuration, metrics: metrics)
        ProcessMetrics.register(in: metrics)
        HubMetrics.register(storage.hub, in: metrics)
        devices = try await DeviceAssembly(
            configuration, storage: storage, withDemo: withDemo, radio: radio, metrics: metrics)
        access = try AccessAssembly(configuration, metrics: metrics)
        let budget = MemoryBudget(limit: configuration.web.maximumMemoryBytes, metrics: metrics)
        surfaces = await SurfaceAssembly(
            resolved, storage: storage, devices: devices, access: access, started: started, budget: budget,
            metrics: metrics)
        servers = ServerAssembly(configuration, access: access, budget: budget, metrics: metrics)
            .servers(for: surfaces.all, events: storage.hub)
    }

    /// Opens the ports. Throws an error that says how to fix it when a port is unavailable.
    package func start() throws {
        for (listener, server) in servers where listener.isEnabled {
            try server.listen(at: listener.endpoint, purpose: "\(listener.purpose) (\(listener.portKey))")
        }
        let boards = configuration.heart.udpListener
        if boards.isEnabled { try devices.heartRates.listen(at: boards.endpoint) }
        devices.serial?.start()
        devices.bluetooth?.start()
        devices.mqtt?.start()
        surfaces.leadVillePages.start()
        access.tokens.start()
        storage.clock.start()
        devices.demo?.start()
        memory.start()
    }

    /// What the gateway serves, for the start message.
    package var addresses: [ServedAddress] { surfaces.all.flatMap { $0.addresses(in: configuration) } }

    /// Applies the live settings of a new configuration; returns all changes.
    package func reload(_ resolved: ResolvedConfiguration) throws -> ConfigurationChanges {
        let new = resolved.configuration
        let changes = Schema.gateway.changes(from: configuration, to: new)
        let adopted = Schema.gateway.adoptingLiveChanges(of: new, in: configuration)
        // What can fail comes first. The files of TLS may be new even if their names are not.
        let (context, smoothing) = (try adopted.tlsContext(), try adopted.heartSmoothing())
        access.apply(adopted, context: context)
        devices.apply(adopted, smoothing: smoothing)
        storage.journal?.apply(adopted)
        Log.set(level: adopted.logLevel)
        configuration = adopted
        surfaces.apply(adopted, latest: resolved)
        return changes
    }

    /// Stops in the reverse order of the start: inputs first, then clients receive what is queued for them, then the
    /// stores are flushed.
    package func shutDown() async {
        let limit = configuration.shutdownTimeout
        await devices.close(within: limit)
        surfaces.live.close()
        await withTaskGroup(of: Void.self) { group in
            for (_, server) in servers { group.addTask { await server.shutDown(within: limit) } }
        }
        access.tokens.close()
        storage.clock.close()
        devices.registry.close()
        await surfaces.workouts.close(within: limit)
        await storage.close(within: limit)
    }
}
