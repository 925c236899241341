import Clocks
import Devices
import Events
import Hub
import Logging
import MQTT
import Metrics
import Reactor

/// The connection to the MQTT broker: passes on the messages of phones, and publishes for a surface.
@ReactorActor
package final class MQTTService {
    /// Called after each connection: what the broker should keep must be published again.
    package var onConnected: () -> Void = {}

    package let settings: MQTTSettings
    /// The topic filter of the phones' messages; nil if none are received.
    package let phoneFilter: String?
    package var status: MQTTStatus { connection.status }
    package private(set) var received = 0
    package private(set) var sent = 0
    package private(set) var failures: [MQTTFailure.Reason: Int] = [:]

    private let connection: MQTTConnection
    private let phones: PhoneService
    private let hub: Hub
    private var lastReported: MQTTFailure?

    package init(
        _ settings: MQTTSettings, phoneFilter: String?, phones: PhoneService, hub: Hub, metrics: MetricsRegistry
    ) throws(SystemError) {
        self.settings = settings
        self.phoneFilter = phoneFilter
        self.phones = phones
        self.hub = hub
        connection = try MQTTConnection(settings)
        connection.onStatus = { [weak self] in self?.handle($0) }
        connection.onMessage = { [weak self] in self?.handle($0, arrived: $1) }
        register(in: metrics)
    }

    package func start() { connection.start() }

    package func close(within limit: Nanoseconds) async { await connection.close(within: limit) }

    /// Returns false if there is no connection, or the broker does not keep up.
    @discardableResult
    package func publish(_ message: MQTTMessage) -> Bool {
        guard connection.send(message) else { return false }
        sent += 1
        return true
    }

    package var dropped: Int { connection.droppedIncoming + connection.droppedOutgoing }

    // MARK: Reports of the connection

    private func handle(_ message: MQTTMessage, arrived: Moment) {
        received += 1
        // A retained message is one that was received before.
        guard !message.isRetained else { return }
        // Why a message is rejected is counted and logged by the service.
        try? phones.receive(message.payload[...], from: message.topic, at: arrived)
    }

    private func handle(_ status: MQTTStatus) {
        switch status.state {
        case .connecting: return
        case .connected:
            if let failure = status.failure {
                count(failure)
                Log.warning("MQTT broker \(settings.address): \(failure)", ["SOURCE": "mqtt"])
                publish(.failed(failure.reason.rawValue, detail: failure.description))
                return
            }
            lastReported = nil
            Log.info("MQTT broker \(settings.address): connected", ["SOURCE": "mqtt"])
            publish(.connected)
            onConnected()
        case .waiting:
            guard let failure = status.failure else { return }
            count(failure)
            // A broker that is away for a night is one line and one event, not a thousand.
            guard failure != lastReported else { return }
            lastReported = failure
            Log.warning("MQTT broker \(settings.address): \(failure); reconnecting", ["SOURCE": "mqtt"])
            publish(.failed(failure.reason.rawValue, detail: failure.description))
        }
    }

    private func publish(_ change: BrokerEvent.Change) {
        hub.publish(.broker(BrokerEvent(broker: settings.address, change: change)), at: .now())
    }

    private func count(_ failure: MQTTFailure) { failures[failure.reason, default: 0] += 1 }

    private func register(in metrics: MetricsRegistry) {
        metrics.gauge("leadville_mqtt_connected", "Whether the MQTT broker is connected: 1 or 0.") { [weak self] in
            self?.status.state == .connected ? 1 : 0
        }
        for reason in MQTTFailure.Reason.allCases {
            metrics.counter(
                "leadville_mqtt_failures_total", "Failed connections to the MQTT broker, by reason.",
                ["reason": reason.rawValue]
            ) { [weak self] in UInt64(self?.failures[reason] ?? 0) }
        }
        let help = "Messages exchanged with the MQTT broker, by direction."
        metrics.counter("leadville_mqtt_messages_total", help, ["direction": "in"]) { [weak self] in
            UInt64(self?.received ?? 0)
        }
        metrics.counter("leadville_mqtt_messages_total", help, ["direction": "out"]) { [weak self] in
            UInt64(self?.sent ?? 0)
        }
        let dropped = "MQTT messages dropped, by reason."
        metrics.counter("leadville_mqtt_dropped_total", dropped, ["reason": "gateway_busy"]) { [weak self] in
            UInt64(self?.connection.droppedIncoming ?? 0)
        }
        metrics.counter("leadville_mqtt_dropped_total", dropped, ["reason": "too_long"]) { [weak self] in
            UInt64(self?.connection.tooLong ?? 0)
        }
        metrics.counter("leadville_mqtt_dropped_total", dropped, ["reason": "broker_busy"]) { [weak self] in
            UInt64(self?.connection.droppedOutgoing ?? 0)
        }
        metrics.counter("leadville_mqtt_dropped_total", dropped, ["reason": "not_supported"]) { [weak self] in
            UInt64(self?.connection.unsupportedOutgoing ?? 0)
        }
    }
}
