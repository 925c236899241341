import Events
import Hub
import Metrics
import Reactor

/// All mats that are heard, whichever way: what a person asks of a mat does not depend on its cable.
@ReactorActor
package final class MatRegistry {
    private let tareFrames: Int
    private let devices: DeviceRegistry
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let delay: Histogram
    private var reporters: [DeviceID: WeakReporter] = [:]

    /// Whoever hears the mat keeps the reporter.
    private struct WeakReporter {
        weak var reporter: MatReporter?
    }

    /// - Parameter tareFrames: how many first frames of a mat are taken for the empty mat.
    package init(tareFrames: Int, devices: DeviceRegistry, hub: Hub, metrics: MetricsRegistry) {
        self.tareFrames = tareFrames
        self.devices = devices
        self.hub = hub
        self.metrics = metrics
        delay = metrics.histogram(
            "leadville_mat_frame_seconds",
            "From the arrival of a frame's last bytes until everybody in the house was told of its event.")
    }

    /// For a mat that begins to be heard: its first frames are those of an empty mat.
    func reporter(for id: DeviceID) -> MatReporter {
        reporters = reporters.filter { $0.value.reporter != nil }
        let reporter = MatReporter(
            id, tareFrames: tareFrames, counters: devices.counters(of: id), delay: delay, hub: hub, metrics: metrics)
        reporters[id] = WeakReporter(reporter: reporter)
        return reporter
    }

    package func tare(_ pattern: String) -> Int {
        let pattern = PortPattern(pattern)
        let mats = reporters.values.compactMap(\.reporter).filter { pattern.matches($0.id.text) }
        for mat in mats { mat.startTare(frames: max(1, tareFrames)) }
        return mats.count
    }
}
