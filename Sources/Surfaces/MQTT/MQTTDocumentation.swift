import JSON
import MQTT
import Web

/// What the routes of `MQTTAPI` do.
enum MQTTDocumentation {
    static var connection: RouteDescription {
        .api("MQTT", "Returns the state of the connection to the MQTT broker, with the reason of a failure")
            .responds(state)
    }

    static var state: JSONSchema {
        .named(
            "Broker",
            .object([
                "state": stateName, "since": .time.optional, "broker": .string.optional,
                "failure": failure.orNull.optional, "tls": .boolean.optional, "client_id": .string.optional,
                "topic": .string.orNull.optional, "session_present": .boolean.optional,
                "messages_received": .integer.optional, "messages_sent": .integer.optional,
                "messages_dropped": .integer.optional,
            ]))
    }

    static var stateName: JSONSchema { .choice(["disabled"] + MQTTStatus.State.allCases.map(\.rawValue)) }

    /// The topics, and what is sent and received there.
    static var topics: [(topic: String, title: String, messages: SocketDescription)] {
        let event = LiveSchemas.event
        let state = JSONSchema.object([
            "id": .string, "name": .string, "family": .string, "role": .string, "target": .string.orNull,
            "transport": .string, "link": .string, "battery": .integer.orNull, "signal": .integer.orNull,
            "warnings": .array(of: .string),
        ])
        return [
            (
                "leadville/{gateway}/events/{kind}", "Publishes events (mqtt.publish.enabled)",
                SocketDescription().sends("event", event, "An event as on the live socket")
            ),
            (
                "leadville/{gateway}/run", "Keeps the latest change of a run",
                SocketDescription().sends("run", LiveSchemas.run, "A change of a run, retained")
            ),
            (
                "leadville/{gateway}/devices/{device}", "Keeps the states of devices",
                SocketDescription().sends("device", state, "The state of a device, retained")
            ),
            (
                "leadville/{gateway}/status", "Publishes whether the gateway is connected",
                SocketDescription().sends("status", .choice("online", "offline"), "A text without quotes, retained")
            ),
            (
                "{discovery}/{component}/{gateway}/{entity}/config",
                "Announces devices to Home Assistant (mqtt.publish.discovery)",
                SocketDescription().sends("announcement", announcement, "One value of a device, retained")
            ),
            (
                "{topic}", "Receives the messages of phones on the topic mqtt.topic",
                SocketDescription().receives("phone", MotionDocumentation.message, "A message of Sensor Logger")
            ),
        ]
    }

    /// In the members that Home Assistant defines.
    private static var announcement: JSONSchema {
        .named(
            "HomeAssistantEntity",
            .closedObject([
                "name": .string, "unique_id": .string, "state_topic": .string,
                "device_class": .choice("connectivity", "battery", "signal_strength"),
                "entity_category": .choice("diagnostic"), "value_template": .string.optional,
                "unit_of_measurement": JSONSchema.choice("%", "dBm").optional,
                "state_class": JSONSchema.choice("measurement").optional,
                "payload_on": .string.optional, "payload_off": .string.optional,
                "availability_topic": .string.optional,
                "device": .closedObject([
                    "identifiers": .array(of: .string), "name": .string, "model": .string.optional,
                    "via_device": .string.optional, "sw_version": .string.optional,
                ]),
                "origin": .closedObject(["name": .string, "sw_version": .string]),
            ]))
    }

    private static var failure: JSONSchema {
        .object([
            "reason": .choice(MQTTFailure.Reason.allCases.map(\.rawValue)), "message": .string, "failures": .integer,
            "retry_seconds": .number.optional,
        ])
    }
}
