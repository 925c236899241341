import Clocks
import Devices
import Events
import Hotplug
import Hub
import Metrics
import Reactor
import Serial

/// Decodes the data of one device on a serial port.
@ReactorActor
protocol SerialReader: AnyObject {
    /// Sent to the device once after opening; empty for devices that send by themselves.
    var startCommand: [UInt8] { get }

    func receive(_ bytes: ArraySlice<UInt8>, at moment: Moment)

    /// Called when no more bytes will come.
    func finish(at moment: Moment)
}

/// Creates the reader for the device on a port.
@ReactorActor
final class SerialReaderFactory {
    private let devices: DeviceRegistry
    private let mats: MatRegistry
    private let hub: Hub
    private let hearts: HeartRateService
    private let metrics: MetricsRegistry
    private let timers: TimerQueue

    init(
        devices: DeviceRegistry, mats: MatRegistry, hub: Hub, hearts: HeartRateService, metrics: MetricsRegistry,
        timers: TimerQueue
    ) {
        self.devices = devices
        self.mats = mats
        self.hub = hub
        self.hearts = hearts
        self.metrics = metrics
        self.timers = timers
    }

    /// Nil for devices that are not read through a serial port.
    func reader(_ plan: SerialPolicy.Plan, _ port: KnownPort) -> (any SerialReader)? {
        guard let driver = DeviceDrivers.driver(of: plan.device) as? any SerialDriver else { return nil }
        let id = DeviceID(port.identity.text)
        return driver.makeReader(
            SerialReaderContext(
                id: id, plan: plan, source: port.description.node, counters: devices.counters(of: id), hub: hub,
                hearts: hearts, mats: mats, metrics: metrics, timers: timers))
    }
}

/// A driver of a device with a serial port.
@ReactorActor
protocol SerialDriver: DeviceDriver {
    /// Creates the reader of a port; nil if the plan is incomplete.
    func makeReader(_ connection: SerialReaderContext) -> (any SerialReader)?
}

/// The port of a new reader, and the services that it can use.
@ReactorActor
struct SerialReaderContext {
    let id: DeviceID
    let plan: SerialPolicy.Plan
    /// The path of the port.
    let source: String
    let counters: DeviceCounters
    let hub: Hub
    let hearts: HeartRateService
    let mats: MatRegistry
    let metrics: MetricsRegistry
    let timers: TimerQueue
}

/// The counters of all serial ports.
@ReactorActor
struct SerialMetrics {
    private let registry: MetricsRegistry
    let receivedBytes: Counter

    init(_ registry: MetricsRegistry) {
        self.registry = registry
        receivedBytes = registry.counter("leadville_serial_bytes_total", "Bytes received from serial ports.")
    }

    func countFailure(_ error: SerialError) {
        registry.counter(
            "leadville_serial_failures_total", "Failures to open or configure a serial port, by reason.",
            ["reason": error.name]
        ).add()
    }
}

extension MetricsRegistry {
    /// Counts a frame or line of a serial device that was rejected.
    @ReactorActor
    func countSerialReject(device: String, reason: String) {
        counter(
            "leadville_serial_refused_total", "Frames and lines of serial devices rejected, by reason.",
            ["device": device, "reason": reason]
        ).add()
    }
}
