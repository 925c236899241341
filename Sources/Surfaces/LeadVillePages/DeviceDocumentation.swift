import JSON
import Web

/// What the routes of LeadVille's pages about devices, stages and the pool do, in the order of their tables.
enum PageDeviceDocumentation {
    // MARK: Devices

    static var list: RouteDescription {
        devices("Lists the paired timers and impact sensors")
            .responds(.object(["devices": .array(of: PageSchemas.device), "count": .integer]))
    }

    static var discover: RouteDescription {
        devices("Searches for timers and impact sensors that are not paired").duration
            .responds(
                .object([
                    "discovered_devices": .array(of: PageSchemas.foundDevice), "count": .integer,
                    "scan_duration": .integer,
                ])
            )
            .fails(.unprocessableContent, .serviceUnavailable)
    }

    static var discoverySocket: RouteDescription {
        devices("Searches for timers and impact sensors, and reports the progress").duration
            .fails(.unprocessableContent)
            .socket(
                SocketDescription()
                    .sends(
                        "start",
                        .object(["type": .choice("start"), "duration": .integer, "message": .string]),
                        "The search begins"
                    )
                    .sends(
                        "deviceFound",
                        .object([
                            "type": .choice("device_found"), "device": PageSchemas.foundDevice, "count": .integer,
                            "elapsed": .number,
                        ]), "A device, once"
                    )
                    .sends(
                        "progress",
                        .object([
                            "type": .choice("progress"), "elapsed": .number, "remaining": .number,
                            "progress": .integer, "devices_found": .integer, "scan_status": .string,
                        ]), "Twice a second"
                    )
                    .sends(
                        "complete",
                        .object([
                            "type": .choice("complete"), "devices": .array(of: PageSchemas.foundDevice),
                            "count": .integer, "duration": .integer, "message": .string,
                        ]), "The search has ended, and the connection closes"
                    )
                    .sends(
                        "error", .object(["type": .choice("error"), "message": .string]), "A description of the error"))
    }

    static var resetDiscovery: RouteDescription {
        devices("Accepts a reset and does nothing: the gateway needs none").responds(
            PageSchemas.done(["status": .string]))
    }

    static var pair: RouteDescription {
        devices("Pairs a device")
            .changes(.object(["mac_address": .string(longest: 200), "label": .string(longest: 200)]))
            .responds(PageSchemas.done(["status": .string, "sensor_id": .integer, "bridge_id": .integer]))
            .fails(.conflict)
    }

    static var assignments: RouteDescription {
        devices("Returns the sensors of the targets")
            .responds(
                .object([
                    "assignments": .map(
                        to: .object([
                            "sensor_id": .integer, "sensor_address": .string, "sensor_label": .string,
                            "target_id": .integer.orNull, "target_label": .string, "status": .string,
                        ])),
                    "total_assigned": .integer, "total_sensors": .integer, "total_targets": .integer,
                ]))
    }

    static var remove: RouteDescription {
        devices("Removes a paired device, which can be paired again").number("id", "The number of the device")
            .responds(PageSchemas.done(["status": .string, "sensor_id": .integer]))
            .fails(.badRequest, .notFound, .conflict)
    }

    static var health: RouteDescription {
        devices("Accepts measured values and ignores them: the gateway measures them itself")
            .parameter("address", "The Bluetooth address")
            .changes(.object(["battery": .integer.orNull.optional, "rssi": .integer.orNull.optional]))
            .responds(
                .object([
                    "status": .string, "sensor_id": .integer, "battery": .integer.orNull, "rssi": .integer.orNull,
                ]))
    }

    static var unassign: RouteDescription {
        devices("Unassigns a sensor from its target").number("id", "The number of the device")
            .responds(PageSchemas.done(["status": .string, "sensor_id": .integer])).fails(.badRequest, .conflict)
    }

    // MARK: The bridge

    static var configuration: RouteDescription {
        bridge("Returns the timer and the sensors of the current stage")
            .responds(
                .object([
                    "bridge_id": .integer, "stage_config_id": .integer, "stage_name": .string,
                    "timer": .object([
                        "address": .string.orNull, "status": .string, "device_info": PageSchemas.device.orNull,
                    ]),
                    "sensors": .array(of: PageSchemas.assignment), "targets": .map(to: PageSchemas.assignment),
                    "summary": .object([
                        "timer_configured": .boolean, "sensors_count": .integer, "sensors_paired": .integer,
                        "targets_assigned": .integer,
                    ]),
                ]))
    }

    static var replaceConfiguration: RouteDescription {
        bridge("Sets the timer and the sensors of the current stage")
            .changes(
                .object([
                    "timer": .string.orNull.optional, "sensors": JSONSchema.array(of: .string).optional,
                    "targets": JSONSchema.map(to: .string.orNull).optional,
                ])
            )
            .responds(PageSchemas.done(["status": .string, "config": .map(to: .any)])).fails(.notFound, .conflict)
    }

    static var assign: RouteDescription {
        bridge("Assigns a device to a target of the current stage")
            .parameter("target", "The number of the target, or timer")
            .changes(.object(["device_address": .string(longest: 200)]))
            .responds(PageSchemas.done(["status": .string, "assignment": .map(to: .any)]))
            .fails(.notFound, .conflict)
    }

    static var unassignTarget: RouteDescription {
        bridge("Unassigns the sensor of a target of the current stage").number("target", "The number of the target")
            .responds(PageSchemas.done(["status": .string, "unassigned": .map(to: .any)]))
            .fails(.badRequest, .notFound, .conflict)
    }

    static var unassignTimer: RouteDescription {
        bridge("Unassigns the timer of the current stage").changes(nil)
            .responds(PageSchemas.done(["status": .string.optional, "unassigned_timer": .string.optional]))
            .fails(.conflict)
    }

    static var unassignAll: RouteDescription {
        bridge("Unassigns all sensors of the current stage").changes(nil)
            .responds(
                PageSchemas.done([
                    "status": .string.optional, "unassigned_sensors": JSONSchema.array(of: .map(to: .any)).optional,
                ])
            ).fails(.conflict)
    }

    static var changeStage: RouteDescription {
        bridge("Chooses the current stage")
            .changes(.object(["stage_config_id": .integer, "preserve_assignments": .boolean.optional]))
            .responds(
                PageSchemas.done([
                    "status": .string, "stage": .map(to: .any), "assignments_preserved": .boolean,
                ])
            ).fails(.notFound, .conflict)
    }

    static var bridgeName: RouteDescription {
        bridge("Returns the name of the gateway and its current stage")
            .responds(.object(["bridge": PageSchemas.bridge, "name": .string, "stage_name": .string]))
    }

    static var renameBridge: RouteDescription {
        bridge("Names the gateway")
            .changes(.object(["name": .string(longest: 100), "bridge_id": .string(longest: 50)]))
            .responds(PageSchemas.done(["status": .string, "bridge": PageSchemas.bridge])).fails(.conflict)
    }

    static var assignStage: RouteDescription {
        bridge("Chooses the current stage and keeps the sensors")
            .changes(.object(["stage_id": .integer]))
            .responds(PageSchemas.done(["status": .string, "assignment": .map(to: .any)]))
            .fails(.notFound, .conflict)
    }

    // MARK: The pool

    static var pool: RouteDescription {
        devices("Lists the devices of the pool").query("include_leased", .boolean, "Whether to list leased ones")
            .responds(
                .object([
                    "devices": .array(of: PageSchemas.pooledDevice), "total_count": .integer,
                    "available_count": .integer,
                ]))
    }

    static var addToPool: RouteDescription {
        devices("Adds a device to the pool")
            .changes(
                .object([
                    "hw_addr": .string(longest: 200), "label": .string(longest: 200).orNull.optional,
                    "device_type": .string(longest: 200).orNull.optional,
                ])
            )
            .responds(PageSchemas.done(["device": .map(to: .any)])).fails(.conflict)
    }

    static var addSession: RouteDescription {
        devices("Creates a session of the pool")
            .changes(.object(["session_name": .string(longest: 100), "stage_id": .integer.orNull.optional]))
            .responds(PageSchemas.done(["session": .map(to: .any)])).fails(.notFound, .conflict)
    }

    static var lease: RouteDescription {
        devices("Leases a device to a session").number("id", "The number of the session")
            .changes(
                .object(["device_id": .integer, "target_assignment": .string(longest: 200).orNull.optional])
            )
            .responds(PageSchemas.done(["lease": .map(to: .any)])).fails(.notFound, .conflict)
    }

    // MARK: Stages

    static var leagues: RouteDescription {
        stages("Lists the leagues")
            .responds(
                .object(["leagues": .array(of: PageSchemas.league.adding(["description": .string.orNull]))]))
    }

    static var stagesOfLeague: RouteDescription {
        stages("Lists the stages of a league").number("id", "The number of the league")
            .responds(
                .object([
                    "league": PageSchemas.league,
                    "stages": .array(
                        of: .object([
                            "id": .integer, "name": .string, "stage_number": .integer,
                            "description": .string.orNull, "target_count": .integer,
                            "targets": PageSchemas.stageTargets,
                        ])),
                ])
            ).fails(.notFound)
    }

    static var stage: RouteDescription {
        stages("Returns a stage").number("id", "The number of the stage")
            .responds(
                .object([
                    "stage": .object([
                        "id": .integer, "name": .string, "description": .string.orNull,
                        "league": PageSchemas.league.optional, "targets": PageSchemas.stageTargets,
                    ])
                ])
            ).fails(.notFound)
    }

    static var assignSensor: RouteDescription {
        stages("Assigns a sensor to a target of a stage").number("id", "The number of the stage")
            .changes(.object(["sensor_id": .integer, "target_number": .integer]))
            .responds(PageSchemas.done(["status": .string, "assignment": .map(to: .any)]))
            .fails(.notFound, .conflict)
    }

    static var unassignSensor: RouteDescription {
        stages("Unassigns the sensor of a target of a stage").number("id", "The number of the stage")
            .changes(.object(["target_number": .integer]))
            .responds(PageSchemas.done(["status": .string, "target_number": .integer])).fails(.notFound, .conflict)
    }

    private static func devices(_ summary: String) -> RouteDescription { .page("devices", summary) }
    private static func bridge(_ summary: String) -> RouteDescription { .page("bridge", summary) }
    private static func stages(_ summary: String) -> RouteDescription { .page("stages", summary) }
}

extension RouteDescription {
    /// A route of LeadVille's pages.
    static func page(_ group: String, _ summary: String, errors: JSONSchema = PageSchemas.error) -> Self {
        Self(summary, in: "LeadVille: \(group)", errors: errors)
    }

    /// A body, which is checked after it was read as an object.
    fileprivate func changes(_ schema: JSONSchema?) -> Self {
        body(schema ?? .map(to: .any), isRequired: false).fails(.badRequest, .unprocessableContent)
    }

    /// A parameter of the path that is a whole number.
    fileprivate func number(_ name: String, _ text: String) -> Self {
        parameter(name, text, .integer).fails(.unprocessableContent)
    }

    fileprivate var duration: Self {
        query(
            "duration", .integer(in: 0...Int64(DeviceDiscovery.maximumSeconds)), "Seconds; 10 by default")
    }
}
