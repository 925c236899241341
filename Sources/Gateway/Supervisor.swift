import Bluetooth
import CLinux
import Configuration
import Glibc
import Logging
import Reactor

/// The lifecycle of the daemon: start, signals, reload, stop.
@ReactorActor
package final class Supervisor {
    /// Reads the configuration at the start and on SIGHUP. Throws an error for the user.
    package typealias ConfigurationReader = @Sendable () throws -> ResolvedConfiguration
    /// Makes the Bluetooth radio; nil for the kernel's.
    package typealias RadioFactory = @ReactorActor @Sendable () -> (any Radio)?

    private let readConfiguration: ConfigurationReader
    private let withDemo: Bool
    private let radio: RadioFactory
    private let announce: (Gateway) -> Void
    private let manager = ServiceManager()
    private var signals: ProcessSignals?
    private var gateway: Gateway?
    private var isStopping = false

    private init(
        _ read: @escaping ConfigurationReader, withDemo: Bool, radio: @escaping RadioFactory,
        announce: @escaping @ReactorActor (Gateway) -> Void
    ) {
        readConfiguration = read
        self.withDemo = withDemo
        self.radio = radio
        self.announce = announce
    }

    /// Runs the gateway on this thread until a signal stops it. Exits with status 1 if it cannot start, and with 78
    /// if its configuration is invalid, so that service managers do not retry. `announce` is called once the gateway
    /// serves.
    package nonisolated static func run(
        _ read: @escaping ConfigurationReader, withDemo: Bool, radio: @escaping RadioFactory = { nil },
        announce: @escaping @ReactorActor @Sendable (Gateway) -> Void
    ) {
        ProcessSignals.block(handledSignals)
        ReactorExecutor.shared.runOnThisThread {
            let supervisor = Supervisor(read, withDemo: withDemo, radio: radio, announce: announce)
            Task { @ReactorActor in await supervisor.start() }
        }
    }

    private nonisolated static let handledSignals = [SIGTERM, SIGINT, SIGHUP]

    private func start() async {
        do {
            // The handler retains the supervisor for as long as signals can arrive.
            signals = try ProcessSignals(Self.handledSignals) { self.handle($0) }
            let resolved = try validConfiguration()
            let configuration = resolved.configuration
            Logging.Log.configure(level: configuration.logLevel, format: configuration.logFormat)
            let gateway = try await Gateway(resolved, withDemo: withDemo, radio: radio())
            try gateway.start()
            self.gateway = gateway
            manager.ready()
            announce(gateway)
            // Start-up code is a third of the resident memory, and never runs again.
            linux_release_startup_memory()
        } catch {
            logErrors("\(error)")
            exit(1)
        }
    }

    private func validConfiguration() throws -> ResolvedConfiguration {
        do {
            return try readConfiguration()
        } catch {
            logErrors("\(error)")
            exit(Self.invalidConfigurationStatus)
        }
    }

    /// EX_CONFIG of sysexits.h, which service managers know.
    private nonisolated static let invalidConfigurationStatus: Int32 = 78

    private func handle(_ signal: Int32) {
        switch signal {
        case SIGHUP: reload()
        // A second signal ends the process at once.
        case _ where isStopping: exit(128 + signal)
        // Before it serves there is nothing to shut down.
        case _ where gateway == nil: exit(0)
        default:
            isStopping = true
            Task { @ReactorActor in await stop() }
        }
    }

    private func stop() async {
        Logging.Log.info("Stopping")
        manager.stopping()
        await gateway?.shutDown()
        Logging.Log.info("Stopped")
        signals?.stop()
        EventLoop.shared.stop()
    }

    private func reload() {
        guard let gateway, !isStopping else { return }
        manager.reloading()
        do {
            let changes = try gateway.reload(readConfiguration())
            for change in changes.live { Logging.Log.info("Reloaded: \(change)") }
            for change in changes.restart { Logging.Log.warning("Requires a restart: \(change)") }
            if changes.all.isEmpty { Logging.Log.info("Reloaded: no changes") }
        } catch {
            logErrors("Reload failed, keeping the current configuration: \(error)")
        }
        manager.ready()
    }

    /// A configuration error can have several lines; each becomes one log record.
    private func logErrors(_ text: String) {
        for line in text.split(separator: "\n") { Logging.Log.error(String(line)) }
    }
}
