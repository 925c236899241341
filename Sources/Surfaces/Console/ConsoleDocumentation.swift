import Drivers
import JSON
import Web

/// What the routes of `Console` do.
enum ConsoleDocumentation {
    static var health: RouteDescription {
        .api("Gateway", "Reports that the gateway runs, with warnings for its operator")
            .responds(
                .object([
                    "status": .choice("healthy"), "version": .string, "started": .time, "uptime_seconds": .number,
                    "service": .string.optional, "simulation_state": .choice("running", "stopped").optional,
                    "base_bpm": .integer.optional, "websocket_clients": .integer.optional,
                    "mqtt": .object(["state": MQTTDocumentation.stateName, "reason": .string.orNull]).optional,
                    "warnings": .array(of: .string).optional,
                ]))
    }

    static var overview: RouteDescription {
        .api("Gateway", "Returns the state of clients, store, clock and adapter")
            .responds(
                .object([
                    "version": .string, "time": .time, "started": .time, "uptime_seconds": .number,
                    "clients": .object([:]).meaning("The number of clients, by surface"),
                    "store": .object([
                        "enabled": .boolean, "healthy": .boolean, "file_bytes": .integer, "waiting": .integer,
                        "dropped": .integer,
                    ]),
                    "clock": .object([
                        "synchronised": .boolean, "source": ClockDocumentation.source, "may_be_set": .boolean,
                        "error_seconds": .number.orNull.meaning("How far off it may be; null if that is unknown"),
                    ]),
                    "bluetooth": .object([
                        "enabled": .boolean, "adapter": .object(["name": .string, "address": .string]).orNull,
                    ]),
                    "mqtt": MQTTDocumentation.state,
                    "warnings": .array(of: .string),
                ]))
    }

    static var settings: RouteDescription {
        .api("Gateway", "Lists all settings with their explanations, current values and sources")
            .text("Secrets are masked. `pending` is the value after a restart, if the configuration has changed.")
            .responds(
                .object([
                    "file": .string.orNull.meaning("The configuration file that was read"),
                    "installed_file": .string.meaning("The configuration file of the installed service"),
                    "sections": .array(of: .object(["path": .string, "text": .string])),
                    "settings": .array(
                        of: .object([
                            "path": .string, "section": .string, "text": .string, "expected": .string,
                            "default": .string, "value": .string, "secret": .boolean, "changed": .boolean,
                            "source": .choice("default", "file", "environment", "option"), "place": .string.orNull,
                            "pending": .string.orNull, "restart": .boolean, "variable": .string,
                        ])),
                ]))
    }

    static var hearts: RouteDescription {
        .api("Hearts", "Lists every user with the latest heart rates")
            .text("The latest rates are given oldest first, as smoothed and as measured.")
            .responds(
                .object([
                    "users": .array(
                        of: .object([
                            "user": .either(.string, .number, .null), "device_id": .string, "bpm": .number.orNull,
                            "bpm_raw": .number, "stale": .boolean, "last_reading": .time, "event_id": .integer,
                            "statistics": .object([
                                "mean": .number.optional, "std": .number.optional, "min": .number.optional,
                                "max": .number.optional, "last": .number.optional,
                            ]), "history": .array(of: .number), "history_raw": .array(of: .number),
                        ]))
                ]))
    }

    static var metrics: RouteDescription {
        .api("Gateway", "Returns the metrics in the Prometheus text format").responds(as: .prometheus)
    }
}

/// What the routes of `DeviceAPI` and `SensorSettingsAPI` do.
enum DeviceDocumentation {
    static var list: RouteDescription {
        .api("Devices", "Lists all known devices").responds(.object(["devices": .array(of: shape)]))
    }

    static var device: RouteDescription {
        .api("Devices", "Returns a device").parameter("id", "The id of the device").responds(shape).fails(.notFound)
    }

    static var change: RouteDescription {
        .api("Devices", "Names, assigns, adopts, rejects or forgets a device")
            .text("Members that are not sent stay as they are. `forget` stands alone.")
            .parameter("id", "The id of the device")
            .body(
                .closedObject([
                    "name": .string(longest: 64).orNull.optional, "role": .string(longest: 64).optional,
                    "target": .string(longest: 64).orNull.optional, "user": .integer.orNull.optional,
                    "adopt": .boolean.optional, "forget": .boolean.optional,
                    "seen": .boolean.optional.meaning("The operator has acknowledged that the device died"),
                ])
            )
            .responds(.either(shape, .object(["id": .string, "state": .string, "warning": .string.optional])))
            .fails(.badRequest, .notFound)
    }

    static var search: RouteDescription {
        .api("Devices", "Returns the progress of the latest search, and the devices found")
            .text("Connected devices do not advertise, so a search does not find them.")
            .responds(searchState)
    }

    static var beginSearch: RouteDescription {
        .api("Devices", "Searches for Bluetooth devices")
            .body(.closedObject(["seconds": .number(in: 1...120).optional.meaning("15 by default")]))
            .responds(searchState, .accepted).fails(.badRequest, .serviceUnavailable)
    }

    static var endSearch: RouteDescription {
        .api("Devices", "Ends a search").responds(searchState)
    }

    private static var searchState: JSONSchema {
        .named(
            "Search",
            .object([
                "searching": .boolean, "seconds": .number, "elapsed_seconds": .number,
                "found": .array(
                    of: .object([
                        "id": .string, "name": .string, "family": .string, "role": .string.orNull,
                        "signal": .integer.orNull,
                        "state": JSONSchema.choice(DeviceStatus.State.allCases.map(\.rawValue)).orNull,
                    ])),
            ]))
    }

    static var settings: RouteDescription {
        .api("Devices", "Stores settings in an impact sensor")
            .parameter("id", "The id of the sensor")
            .body(
                .closedObject([
                    "rate_hz": .number(in: 0.2...200).optional, "mode": .choice("amplitudes", "momentary").optional,
                ])
            )
            .responds(.object(["status": .choice("sent")]), .accepted)
            .fails(.badRequest, .notFound, .serviceUnavailable)
    }

    private static var shape: JSONSchema {
        .named(
            "Device",
            .object([
                "id": .string, "name": .string, "given_name": .string.orNull, "own_name": .string.orNull,
                "family": .string, "transport": .choice("bluetooth", "serial", "network"), "role": .string,
                "target": .string.orNull, "user": .integer.orNull,
                "state": .choice(DeviceStatus.State.allCases.map(\.rawValue)),
                "link": .choice("absent", "seen", "connected"), "first_seen": .time.orNull, "last_seen": .time.orNull,
                "battery": .integer.orNull, "signal": .integer.orNull,
                "died": .time.orNull.meaning(
                    "When it fell silent with an almost empty battery, until that is acknowledged"),
                "frames": .integer, "refused": .integer,
                "losses": .integer, "reconnects": .integer, "last_loss": .string.orNull,
                "notes": .array(of: .object(["note": .string, "text": .string])),
                "warning": .string.optional.meaning("Why the change is lost when the gateway stops"),
            ]))
    }
}

/// What the routes of `SerialPortAPI` and `MatAPI` do.
enum SerialPortDocumentation {
    static var list: RouteDescription {
        .api("Serial ports and mats", "Lists the serial ports")
            .responds(
                .object([
                    "ports": .array(
                        of: .object([
                            "port": .string, "id": .string, "name": .string.optional, "usb": .string.optional,
                            "state": .string, "device": .string.optional, "because": .string.optional,
                        ]))
                ]))
    }

    static var release: RouteDescription {
        .api("Serial ports and mats", "Releases ports for a time, so that other programs can use them")
            .body(.object(["port": pattern, "seconds": .number(in: 0.001...3_600)]))
            .responds(.object(["released": .integer])).fails(.badRequest)
            .responds(APIError.schema.adding(["released": .integer]), .notFound)
    }

    static var tare: RouteDescription {
        .api("Serial ports and mats", "Takes the current frames of mats on these ports as zero")
            .body(.object(["port": pattern]))
            .responds(.object(["tared": .integer])).fails(.badRequest)
            .responds(APIError.schema.adding(["tared": .integer]), .notFound)
    }

    static var mats: RouteDescription {
        .api("Serial ports and mats", "Lists mats with their latest frame and the trail of the centre of pressure")
            .text("Disconnected mats are listed with the last frame that they sent since the gateway started.")
            .responds(
                .object([
                    "mats": .array(
                        of: .object([
                            "id": .string, "connected": .boolean, "last_frame": .time, "rows": .integer,
                            "columns": .integer, "matrix": .array(of: .array(of: .number)),
                            "scale": JSONSchema.number.meaning(
                                "The maximum pressure so far, which decays slowly"),
                            "trail": JSONSchema.array(of: .array(of: .number)).meaning(
                                "The positions in the latest 120 frames, oldest first: from 0 at the left and at the top to 1"
                            ),
                        ]))
                ]))
    }

    static var tareMats: RouteDescription {
        .api("Serial ports and mats", "Takes the current frame of mats as zero")
            .body(.object(["mat": .string(longest: 512).meaning("The id of a mat; `*` is a wildcard")]))
            .responds(.object(["tared": .integer])).fails(.badRequest)
            .responds(APIError.schema.adding(["tared": .integer]), .notFound)
    }

    static var undoTare: RouteDescription {
        .api("Serial ports and mats", "Undoes the latest tare of mats")
            .body(.object(["mat": .string(longest: 512).meaning("The id of a mat; `*` is a wildcard")]))
            .responds(.object(["restored": .integer])).fails(.badRequest)
            .responds(APIError.schema.adding(["restored": .integer]), .notFound)
    }

    private static var pattern: JSONSchema {
        .string(longest: 512).meaning("A path, a link, an id, or a pattern with `*`")
    }
}
