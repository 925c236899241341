import Bluetooth
import Clocks
import Devices
import Events
import Metrics
import Reactor

/// The metrics of Bluetooth devices and adapters.
@ReactorActor
final class BluetoothMetrics {
    private let metrics: MetricsRegistry
    let notifications: Counter
    let samples: Counter
    let truncated: Counter
    let sightings: Counter

    init(_ metrics: MetricsRegistry) {
        self.metrics = metrics
        notifications = metrics.counter(
            "leadville_sensor_notifications_total", "Notifications of target sensors.")
        samples = metrics.counter("leadville_sensor_samples_total", "Samples of target sensors.")
        truncated = metrics.counter(
            "leadville_sensor_cut_off_total", "Sensor notifications truncated by a short MTU."
        )
        sightings = metrics.counter("leadville_bluetooth_sightings_total", "Advertisements received.")
    }

    func recordAttempt(_ family: DeviceFamily) {
        count("leadville_bluetooth_attempts_total", "Connection attempts.", ["device": family.rawValue])
    }

    func recordReady(_ family: DeviceFamily) {
        count("leadville_bluetooth_links_total", "Links set up.", ["device": family.rawValue])
    }

    func recordDisconnect(_ family: DeviceFamily, _ ending: LinkEnding) {
        count(
            "leadville_bluetooth_losses_total", "Links ended and attempts failed, by reason.",
            ["device": family.rawValue, "reason": ending.name])
    }

    func recordRejectedPacket(_ family: DeviceFamily, _ reason: String) {
        count(
            "leadville_bluetooth_packets_refused_total", "ATT packets rejected, by reason.",
            ["device": family.rawValue, "reason": reason])
    }

    func recordRejectedFrame(_ family: DeviceFamily, _ reason: DecoderReject.Reason) {
        count(
            "leadville_bluetooth_frames_refused_total", "Device frames rejected, by reason.",
            ["device": family.rawValue, "reason": reason.rawValue])
    }

    func recordFailedRequest(_ family: DeviceFamily) {
        count(
            "leadville_bluetooth_requests_failed_total", "Requests that a device did not fulfil.",
            ["device": family.rawValue])
    }

    func recordPushState(_ state: AMGPushState) {
        count(
            "leadville_timer_pushes_total", "Detections of the push setting of timers.",
            ["pushes": state.rawValue])
    }

    func recordProblem(_ problem: AdapterProblem) {
        count("leadville_bluetooth_troubles_total", "Adapter problems.", ["trouble": problem.name])
    }

    func recordRecoveryStep(_ step: AdapterRecovery.Step) {
        count("leadville_bluetooth_remedies_total", "Adapter recovery steps.", ["step": step.rawValue])
    }

    func recordRejectedManagementPacket(_ error: ManagementPacketError) {
        count(
            "leadville_bluetooth_management_refused_total", "Packets of the management socket rejected, by reason.",
            ["reason": error.reason.rawValue])
    }

    func recordManagementFailure(_ error: LinkError) {
        count(
            "leadville_bluetooth_management_losses_total", "Failures of the management socket, by reason.",
            ["reason": error.name])
    }

    func gauge(_ name: String, _ help: String, _ labels: MetricsRegistry.Labels = [:], read: @escaping () -> Int) {
        metrics.gauge(name, help, labels) { Double(read()) }
    }

    func counter(_ name: String, _ help: String, read: @escaping () -> Int) {
        metrics.counter(name, help) { UInt64(clamping: read()) }
    }

    private func count(_ name: String, _ help: String, _ labels: MetricsRegistry.Labels) {
        metrics.counter(name, help, labels).add()
    }
}
