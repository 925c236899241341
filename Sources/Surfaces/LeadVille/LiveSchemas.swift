import Events
import JSON

/// The shapes of the live socket's messages.
enum LiveSchemas {
    /// An event: members of all events, and those of its type.
    private static func event(
        _ name: String, _ types: [String], _ members: KeyValuePairs<String, JSONSchema>
    ) -> JSONSchema {
        let common = JSONSchema.object([
            "type": .choice(types), "event_type": .string, "timestamp": .time, "id": .integer(from: 1),
            "device_time": JSONSchema.object([
                "seconds": .number, "mapped": .time.optional, "error_seconds": .number.optional,
            ]).optional.meaning("The reading of the device's own clock"),
            "channel": .string.optional.meaning("On LeadVille's ports only"),
            "event_id": .string.optional.meaning("On LeadVille's ports only"),
        ])
        return .named(name, common.adding(members))
    }

    /// An event of any type.
    static var event: JSONSchema {
        .either(timer, sensor, run, heart, pressure, motion, measurement, status, application)
    }

    static var timer: JSONSchema {
        event(
            "TimerEvent", ["timer_event"],
            [
                "device_id": .string,
                "data": .object([
                    "shot_state": .choice("STARTED", "START", "ACTIVE", "STOPPED"), "current_shot": .integer,
                    "total_shots": .integer.optional, "current_time": .number.optional,
                    "split_time": .number.optional, "shot_times": JSONSchema.array(of: .number).optional,
                    "event_detail": .string, "raw_hex": .string.optional, "string": .integer.optional,
                    "source": .string,
                ]),
            ])
    }

    static var sensor: JSONSchema {
        event(
            "SensorEvent", ["sensor_event"],
            [
                "sensor_id": .string,
                "data": .object([
                    "magnitude": .number, "location": RangeSchemas.point.optional, "timestamp_sensor": .time,
                    "unit": .choice("mm/s"), "duration": .number, "confidence": .number,
                    "error_seconds": .number.optional, "peak_acceleration": .number.optional,
                    "target": .string.optional, "reason": .string.optional, "raw_hex": .string.optional,
                ]),
            ])
    }

    static var run: JSONSchema {
        event(
            "RunUpdate", ["run_update"],
            [
                "run_id": .string.orNull,
                "data": .object([
                    "shooter_name": .string.orNull, "stage_name": .string.orNull, "device_id": .string,
                    "reason": .string.optional,
                ]),
            ])
    }

    static var session: JSONSchema {
        .named(
            "SessionUpdate",
            .object([
                "type": .choice("session_update"), "timestamp": .time, "id": .integer,
                "data": .object([
                    "total_shots": .integer, "last_shot_time": .number, "timestamp": .time, "session_id": .string,
                    "state": .string, "shots": .integer, "duration": .number,
                ]),
            ]))
    }

    static var heart: JSONSchema {
        event(
            "HeartRateEvent", ["heart_rate"],
            [
                "device_id": .string, "user": .either(.integer, .number, .string, .null).optional,
                "data": .object([
                    "bpm": .number.orNull.optional, "bpm_raw": .number.optional, "contact": .any.optional,
                    "interval": .number.optional, "believable": .boolean.optional,
                    "silent_seconds": .number.optional,
                ]),
            ])
    }

    static var pressure: JSONSchema {
        event(
            "PressureFrame", ["pressure"],
            [
                "device_id": .string,
                "data": .object([
                    "frame": .integer.optional, "rows": .integer, "columns": .integer,
                    "matrix": .array(of: .array(of: .number)),
                ]),
            ])
    }

    /// Each sample is a time in milliseconds since 1970, x, y and z.
    static var motion: JSONSchema {
        event(
            "MotionSamples", ["motion"],
            [
                "device_id": .string,
                "data": .object([
                    "session": .string.orNull, "message": .integer.optional,
                    "samples": .map(to: .array(of: .array(of: .number))),
                ]),
            ])
    }

    static var measurement: JSONSchema {
        event(
            "Measurement", ["measurement"],
            [
                "device_id": .string,
                "data": .object([
                    "device": .string, "values": .map(to: .object(["value": .number, "unit": .string])),
                ]),
            ])
    }

    /// What happened to devices and to the Bluetooth adapter.
    static var status: JSONSchema {
        event("StatusEvent", ["status"], ["message": .string.optional, "data": .map(to: .any)])
    }

    /// An event of an application has the type of its channel.
    static var application: JSONSchema {
        event(
            "ApplicationEvent", ApplicationEvent.Kind.allCases.map(\.rawValue),
            [
                "message": .string.optional, "sensor_id": .string.optional, "device_id": .string.optional,
                "run_id": .string.orNull.optional, "data": .map(to: .any), "source": .choice("application"),
            ])
    }

    static var health: JSONSchema {
        .named(
            "HealthStatus",
            .object([
                "type": .choice("health_status"), "timestamp": .time, "device_id": .string,
                "data": .object([
                    "device_id": .string, "connection_status": .choice("connected", "connecting", "disconnected"),
                    "rssi": .integer.orNull, "battery_level": .integer.orNull, "last_seen": .time.orNull,
                    "connection_time": .time.orNull, "disconnect_count": .integer, "reconnect_count": .integer,
                    "error_count": .integer, "uptime_seconds": .number, "data_rate_events_per_sec": .number,
                    "rssi_dbm": .integer.orNull,
                ]),
            ]))
    }

    /// Greetings, confirmations and other messages to one client. They have no id.
    static var reply: JSONSchema {
        .named(
            "LiveReply",
            .object(["type": .string, "event_type": .string.optional, "timestamp": .time, "message": .string.optional]))
    }

    static var replay: JSONSchema {
        .named(
            "ReplayNotice",
            .object([
                "type": .choice("status"), "event_type": .choice("events_missed", "replay_complete"),
                "message": .string, "timestamp": .time, "since": .integer.optional, "through": .integer.optional,
                "events": .integer.optional, "latest_event_id": .integer.optional,
            ]))
    }

    // MARK: Commands

    static var channels: JSONSchema { .either(.string, .array(of: .string)) }

    static var subscribe: JSONSchema {
        .object([
            "type": .choice("subscribe"), "channels": channels,
            "raw": .boolean.optional.meaning("Whether to include the bytes of timers and sensors"),
            "since": JSONSchema.integer(from: 0).optional.meaning("The latest event that the client knows"),
            "encoding": .choice("json", "binary").optional.meaning("That of the frames of mats"),
            "rate": JSONSchema.number.orNull.optional.meaning("The maximum number of frames of a mat a second"),
        ])
    }

    static var unsubscribe: JSONSchema { .object(["type": .choice("unsubscribe"), "channels": channels.optional]) }

    static func command(_ name: String) -> JSONSchema { .object(["type": .choice(name)]) }

    /// An event that an application publishes.
    static var newEvent: JSONSchema {
        .object([
            "type": .choice(ApplicationEvent.Kind.allCases.map(\.rawValue)),
            "event_type": .string(longest: ApplicationEventRequest.maximumNameBytes).optional,
            "message": .string.optional, "sensor_id": .string.optional, "device_id": .string.optional,
            "run_id": .string.optional, "data": .map(to: .any).optional,
        ])
    }

    static var newEvents: JSONSchema {
        .either(newEvent, .array(of: newEvent, longest: ApplicationEventRequest.maximumEvents))
    }
}
