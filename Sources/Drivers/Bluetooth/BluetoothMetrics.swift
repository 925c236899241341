import Bluetooth
import Clocks
import Devices
import Events
import Metrics
import Reactor

/// All that the radio is counted by.
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
            "leadville_sensor_notifications_total", "Notifications of sensors on targets that were taken.")
        samples = metrics.counter("leadville_sensor_samples_total", "Samples of sensors on targets.")
        truncated = metrics.counter(
            "leadville_sensor_cut_off_total", "Notifications of sensors that were cut off by a link with short packets."
        )
        sightings = metrics.counter("leadville_bluetooth_sightings_total", "Advertisements heard.")
    }

    func recordAttempt(_ family: DeviceFamily) {
        count("leadville_bluetooth_attempts_total", "Attempts to connect.", ["device": family.rawValue])
    }

    func recordReady(_ family: DeviceFamily) {
        count("leadville_bluetooth_links_total", "Links that were set up.", ["device": family.rawValue])
    }

    func recordDisconnect(_ family: DeviceFamily, _ ending: LinkEnding) {
        count(
            "leadville_bluetooth_losses_total", "Links that have ended, and attempts that have failed, by reason.",
            ["device": family.rawValue, "reason": ending.name])
    }

    func recordRejectedPacket(_ family: DeviceFamily, _ reason: String) {
        count(
            "leadville_bluetooth_packets_refused_total", "Packets of links that made no sense, by reason.",
            ["device": family.rawValue, "reason": reason])
    }

    func recordRejectedFrame(_ family: DeviceFamily, _ reason: DecoderReject.Reason) {
        count(
            "leadville_bluetooth_frames_refused_total", "What devices said and nobody understood, by reason.",
            ["device": family.rawValue, "reason": reason.rawValue])
    }

    func recordFailedRequest(_ family: DeviceFamily) {
        count(
            "leadville_bluetooth_requests_failed_total", "What devices were asked for and did not do.",
            ["device": family.rawValue])
    }

    func recordAction(_ source: AMGSession.Source) {
        count(
            "leadville_timer_actions_total", "What timers have told, by how it was learnt.", ["source": source.rawValue]
        )
    }

    func recordPushState(_ pushes: AMGPushState) {
        count(
            "leadville_timer_pushes_total", "How often a timer was found to report by itself, or not to.",
            ["pushes": pushes.rawValue])
    }

    func recordProblem(_ trouble: AdapterProblem) {
        count("leadville_bluetooth_troubles_total", "What was wrong with the adapter.", ["trouble": trouble.name])
    }

    func recordRecoveryStep(_ step: AdapterRecovery.Step) {
        count("leadville_bluetooth_remedies_total", "What was tried against it.", ["step": step.rawValue])
    }

    func recordRejectedManagementPacket(_ refusal: ManagementPacketError) {
        count(
            "leadville_bluetooth_management_refused_total", "Packets of the kernel that made no sense, by reason.",
            ["reason": refusal.reason.rawValue])
    }

    func recordManagementFailure(_ loss: LinkError) {
        count(
            "leadville_bluetooth_management_losses_total", "How often the kernel's management was not to be had.",
            ["reason": loss.name])
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

extension AdapterProblem {
    /// A stable name.
    var name: String {
        switch self {
        case .unanswered: "unanswered"
        case .failed: "failed"
        case .controllerError: "controller_error"
        case .link: "link"
        case .scanSilent: "deaf"
        }
    }

    /// For people.
    var text: String {
        switch self {
        case .unanswered(let opcode): "it has not answered \(opcode)"
        case .failed(let opcode, let status): "\(opcode) has failed: \(status)"
        case .controllerError(let code): "the controller reports the error \(code)"
        case .link(let loss): "\(loss)"
        case .scanSilent: "it hears nothing any more"
        }
    }
}
