/// The connection to the MQTT broker changed.
package struct BrokerEvent: Hashable, Sendable {
    /// Host and port.
    package let broker: String
    package let change: Change

    package enum Change: Hashable, Sendable {
        case connected
        /// There is no connection, or the broker does not allow something: a stable name and a description for people.
        case failed(String, detail: String)

        /// The name in client messages.
        package var name: StaticString {
            switch self {
            case .connected: "mqtt_connected"
            case .failed: "mqtt_failed"
            }
        }
    }

    package init(broker: String, change: Change) {
        self.broker = broker
        self.change = change
    }

    /// A sentence for people, without a full stop.
    package var message: String {
        switch change {
        case .connected: "The MQTT broker \(broker) is connected"
        case .failed(_, let detail): "MQTT broker \(broker): \(detail)"
        }
    }
}
