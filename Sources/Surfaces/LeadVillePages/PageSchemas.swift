import JSON

/// The shapes of the objects that LeadVille's pages know.
enum PageSchemas {
    static var error: JSONSchema { .named("PageError", .object(["error": .string, "detail": .string])) }

    /// The reply to a change.
    static func done(_ members: KeyValuePairs<String, JSONSchema> = [:]) -> JSONSchema {
        JSONSchema.object(["message": .string]).adding(members)
    }

    static var device: JSONSchema {
        .named(
            "PageDevice",
            .object([
                "id": .integer, "address": .string, "label": .string, "type": .choice("timer", "sensor"),
                "battery": .integer.orNull, "rssi": .integer.orNull, "last_seen": .time.orNull,
                "status": .choice("never_connected", "offline", "low_battery", "weak_signal", "connected"),
                "target_id": .integer.orNull, "target_name": .string.orNull, "target_config_id": .integer.orNull,
                "created_at": .time, "updated_at": .time,
            ]))
    }

    static var foundDevice: JSONSchema {
        .named(
            "FoundDevice",
            .object([
                "address": .string, "name": .string, "rssi": .integer.orNull,
                "type": .choice("timer", "accelerometer"), "vendor": .string, "pairable": .boolean,
                "battery": .integer.orNull, "connection_status": .choice("reachable", "discoverable"),
                "discovered_at": .time, "services": .array(of: .string),
            ]))
    }

    static var pooledDevice: JSONSchema {
        .object([
            "id": .integer, "hw_addr": .string, "device_type": .choice("timer", "sensor"), "label": .string,
            "vendor": .string, "model": .string, "status": .choice("leased", "available", "offline"),
            "last_seen": .time.orNull, "battery": .integer.orNull, "rssi": .integer.orNull, "notes": .null,
            "is_available": .boolean,
        ])
    }

    static var league: JSONSchema {
        .named("League", .object(["id": .integer, "name": .string, "abbreviation": .string]))
    }

    static var stageTargets: JSONSchema {
        let sensor = JSONSchema.object([
            "id": .integer, "hw_addr": .string, "label": .string, "last_seen": .time.orNull,
            "battery": .integer.orNull, "rssi": .integer.orNull,
        ])
        return .array(
            of: .named(
                "StageTarget",
                .object([
                    "id": .integer, "target_number": .integer, "shape": .string, "type": .string,
                    "category": .string, "distance_feet": .number, "offset_feet": .number, "height_feet": .number,
                    "sensor": sensor.orNull,
                ])))
    }

    static var bridge: JSONSchema {
        .named(
            "Bridge",
            .object([
                "id": .integer, "name": .string, "bridge_id": .string, "current_stage_id": .integer,
                "current_stage_name": .string, "match_id": .null, "match_name": .null, "created_at": .time,
                "updated_at": .time,
            ]))
    }

    static var assignment: JSONSchema {
        .named(
            "SensorAssignment",
            .object([
                "address": .string, "label": .string, "target_number": .integer, "device_info": device.orNull,
                "status": .choice("paired", "not_paired"),
            ]))
    }

    // MARK: The range officer

    static var officerStage: JSONSchema {
        .named(
            "OfficerStage",
            .object([
                "stage_id": .string, "name": .string, "width": .integer, "height": .integer,
                "targets": .array(
                    of: .object([
                        "id": .integer, "label": .string, "x": .number, "y": .number,
                        "status": .choice("online", "degraded", "offline"), "device_address": .string.orNull,
                        "last_hit": .null,
                    ])),
            ]))
    }

    static var officerString: JSONSchema {
        .named(
            "OfficerString",
            .object([
                "id": .string, "shooter": .string, "start_time": .time, "end_time": .time.orNull,
                "hits": .array(
                    of: .object([
                        "id": .string, "target_id": .integer, "timestamp": .time, "x": .null, "y": .null,
                        "string_id": .string,
                    ])), "stage_id": .string, "status": .choice("active", "completed", "cancelled"),
            ]))
    }

    static var officerError: JSONSchema {
        .named(
            "OfficerError",
            error.adding(["message": .string, "request_id": .null, "timestamp": .time]))
    }

    // MARK: Timers

    static var shotTimes: KeyValuePairs<String, JSONSchema> {
        [
            "log_id": .integer, "event_time": .time, "shot_number": .integer.orNull, "shot_time": .number.orNull,
            "string_total_time": .number.orNull, "shot_rating": .choice("excellent", "good", "fair", "slow"),
        ]
    }

    static var shot: JSONSchema { .named("PageShot", .object(shotTimes)) }

    static var timerEvent: JSONSchema {
        .named(
            "PageTimerEvent",
            JSONSchema.object(shotTimes).adding([
                "event_type": .string, "total_shots": .integer.orNull, "timer_device": .string,
            ]))
    }

    static var timerStatus: JSONSchema {
        .array(
            of: .object([
                "timer_device": .string, "total_events": .integer, "shot_events": .integer,
                "max_string_time": .number.orNull, "avg_split_time": .number.orNull, "last_event": .time,
                "status": .choice("active", "recent", "idle"),
            ]))
    }

    static var logLine: JSONSchema {
        .named(
            "LogLine",
            .object(["timestamp": .time, "level": .string, "source": .string, "message": .string]))
    }
}
