import JSON
import MQTT
import Web

/// What the routes of `MQTTAPI` do.
enum MQTTDocumentation {
    static var connection: RouteDescription {
        .api("MQTT", "Returns the state of the connection to the MQTT broker, and why there is none")
            .responds(
                .object([
                    "state": state, "since": .time.optional, "broker": .string.optional, "tls": .boolean.optional,
                    "client_id": .string.optional, "topic": .string.orNull.optional,
                    "session_present": .boolean.optional, "failure": failure.orNull.optional,
                    "messages_received": .integer.optional, "messages_sent": .integer.optional,
                    "messages_dropped": .integer.optional,
                ]))
    }

    static var state: JSONSchema { .choice(["disabled"] + MQTTStatus.State.allCases.map(\.rawValue)) }

    private static var failure: JSONSchema {
        .object([
            "reason": .choice(MQTTFailure.Reason.allCases.map(\.rawValue)), "message": .string, "failures": .integer,
            "retry_seconds": .number.optional,
        ])
    }
}
