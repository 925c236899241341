import Clocks
import Drivers
import JSON
import MQTT
import Reactor
import Web

/// The state of the connection to the MQTT broker, at `/api/mqtt` and in `/health`.
@ReactorActor
package final class MQTTAPI: Surface {
    private let service: MQTTService?

    /// - Parameter service: nil without a broker.
    package init(_ service: MQTTService?) {
        self.service = service
    }

    package func addRoutes(to routes: Router) {
        routes.get("/api/mqtt", MQTTDocumentation.connection) { [service] _ in
            .response(.object { Self.write(service, to: &$0) })
        }
    }

    package func writeHealth(to writer: inout JSONWriter) {
        guard let service else { return }
        writer.key("mqtt")
        writer.beginObject()
        writer.member("state", service.status.state.rawValue)
        writer.member("reason", orNull: service.status.failure?.reason.rawValue)
        writer.endObject()
    }

    /// Problems that an operator should know about.
    static func warnings(of service: MQTTService?) -> [String] {
        guard let service, let failure = service.status.failure else { return [] }
        return ["MQTT broker \(service.settings.address): \(failure)"]
    }

    /// The state of the connection: which broker, since when, what was exchanged, and why there is none.
    static func write(_ service: MQTTService?, to writer: inout JSONWriter) {
        guard let service else { return writer.member("state", "disabled") }
        let (status, settings) = (service.status, service.settings)
        writer.member("state", status.state.rawValue)
        writer.member("since", status.since)
        writer.member("broker", settings.address)
        writeFailure(status, to: &writer)
        writer.member("tls", settings.tls != nil)
        writer.member("client_id", settings.clientID)
        writer.member("topic", orNull: service.phoneFilter)
        writer.member("session_present", status.sessionWasPresent)
        writer.member("messages_received", service.received)
        writer.member("messages_sent", service.sent)
        writer.member("messages_dropped", service.dropped)
    }

    private static func writeFailure(_ status: MQTTStatus, to writer: inout JSONWriter) {
        writer.key("failure")
        if let failure = status.failure {
            writer.beginObject()
            writer.member("reason", failure.reason.rawValue)
            writer.member("message", failure.description)
            writer.member("failures", status.failures)
            if let delay = status.retryDelay { writer.member("retry_seconds", delay.inSeconds, decimals: 3) }
            writer.endObject()
        } else {
            writer.null()
        }
    }
}
