import JSON
import Web

/// What the routes of `HeartbeatAPI` do, in its order.
enum HeartbeatDocumentation {
    static var socket: RouteDescription {
        describe("Sends a record every half second while the person's heart runs")
            .fails(.badRequest, .serviceUnavailable)
            .socket(
                SocketDescription()
                    .sends(
                        "connected",
                        .object([
                            "type": .choice("connected"), "message": .string, "state": state, "base_bpm": .integer,
                        ]), "The greeting"
                    )
                    .sends("record", record, "A record, twice a second")
                    .sends("pong", .object(["type": .choice("pong")]), "The reply to ping")
                    .receives("ping", .choice("ping"), "The text ping, without quotes"))
    }

    // MARK: Reads

    static var current: RouteDescription {
        describe("Returns the last record").responds(record).fails(.notFound)
    }

    static var history: RouteDescription {
        describe("Returns the latest records, at most 240, oldest first").responds(
            .object(["records": .array(of: record)]))
    }

    static var baseline: RouteDescription {
        describe("Returns the resting rate and the current state")
            .responds(
                .object([
                    "baseline_bpm": .integer, "current_bpm": .integer, "current_stress_level": level,
                    "profile": .choice("athlete", "average", "elevated"), "state": state,
                ]))
    }

    static var persons: RouteDescription {
        describe("Lists the persons")
            .responds(
                .object([
                    "persons": .array(
                        of: .object([
                            "person": .string, "state": state, "source": .string, "base_bpm": .integer,
                            "websocket_clients": .integer,
                        ]))
                ]))
    }

    // MARK: The simulation

    static var start: RouteDescription {
        change("Starts the simulation at rest")
            .responds(.object(["message": .string, "state": state, "base_bpm": .integer.optional]))
    }

    static var stop: RouteDescription {
        change("Stops the simulation; the last record stays").responds(.object(["message": .string, "state": state]))
    }

    static var stressTest: RouteDescription {
        change("Begins five seconds of high stress; only while the simulation runs")
            .responds(.object(["message": .string, "duration_seconds": .integer, "state": state]))
    }

    static var triggerStress: RouteDescription {
        change("Raises stress to at least this level")
            .query("stress_level", level, "0.8 by default")
            .responds(.object(["message": .string, "stress_level": level, "state": state])).rejectsParameters
    }

    // MARK: Inputs

    static var setBaseline: RouteDescription {
        change("Sets the resting rate")
            .query("baseline_bpm", rate, "72 by default")
            .responds(.object(["message": .string, "baseline_bpm": .integer, "profile": .string])).rejectsParameters
    }

    static var setNormalRate: RouteDescription {
        change("Sets the resting rate and the current rate")
            .query("baseline_bpm", rate, "Beats per minute", isRequired: true)
            .query("reason", .string, "Repeated in the response; manual by default")
            .responds(
                .object([
                    "message": .string, "old_baseline_bpm": .integer, "new_baseline_bpm": .integer, "profile": .string,
                    "reason": .string, "current_bpm": .integer,
                ])
            ).rejectsParameters
    }

    static var detectedStress: RouteDescription {
        change("Raises stress if it is detected, by a camera or a microphone")
            .query("stress_detected", .boolean, "Whether stress is detected", isRequired: true)
            .query("intensity", level, "0.5 by default")
            .responds(
                .object([
                    "message": .string, "stress_detected": .boolean, "current_stress_level": level,
                    "current_bpm": .integer.orNull,
                ])
            ).rejectsParameters
    }

    static var combinedStress: RouteDescription {
        change("Raises stress to the stronger of two inputs")
            .query("video_stress", .boolean, "Whether the camera detects stress")
            .query("audio_stress", .boolean, "Whether the microphone detects stress")
            .query("video_intensity", level, "0.5 by default")
            .query("audio_intensity", level, "0.5 by default")
            .responds(
                .object([
                    "message": .string, "video_stress": .boolean, "audio_stress": .boolean, "applied_intensity": level,
                    "current_stress_level": level, "current_bpm": .integer.orNull,
                ])
            ).rejectsParameters
    }

    // MARK: Settings

    static var seed: RouteDescription {
        change("Makes the simulation repeatable: the same seed gives the same values after each start")
            .query("seed", .integer, "A whole number of 64 bits", isRequired: true)
            .responds(.object(["message": .string, "seed": .integer, "state": state])).rejectsParameters
    }

    static var faults: RouteDescription {
        change("Sets the faults of the simulation; those that are not given stay")
            .query("dropout", level, "The share of records that are lost")
            .query("noise", .number(in: 0...60), "The maximum deviation that is added, in beats per minute")
            .query("frozen", .boolean, "Whether the last record is repeated")
            .responds(
                .object(["message": .string, "dropout": level, "noise": .number, "frozen": .boolean])
            ).rejectsParameters
    }

    static var source: RouteDescription {
        change("Chooses where the data comes from, until the restart")
            .query("source", .string, "simulation, auto, user:ID or strap:ID", isRequired: true)
            .responds(.object(["message": .string, "source": .string, "state": state])).rejectsParameters
    }

    // MARK: Shapes

    private static func describe(_ summary: String) -> RouteDescription {
        RouteDescription(
            summary, in: "Heartbeat",
            errors: .named("HeartbeatError", .object(["error": .string, "message": .string.optional]))
        ).query(
            "person", .string(longest: HeartbeatPersons.longestName), "One of several independent hearts, by name")
    }

    /// Each change can be the first request about a person, and there may be too many of them.
    private static func change(_ summary: String) -> RouteDescription {
        describe(summary).fails(.badRequest, .serviceUnavailable)
    }

    private static var state: JSONSchema { .choice("running", "stopped") }
    private static var level: JSONSchema { .number(in: 0...1) }
    private static var rate: JSONSchema { .integer(in: 40...120) }

    private static var record: JSONSchema {
        .named(
            "HeartbeatRecord",
            .object([
                "timestamp": .time, "bpm": .integer.orNull.meaning("Null while the sensor is silent"),
                "variability": level.orNull.meaning("The variability of the heart rate, normalised"),
                "systolic": .integer.orNull.meaning("Null unless simulated"), "diastolic": .integer.orNull,
                "stress_level": level, "state": .choice("running", "stale"),
            ]))
    }
}

extension RouteDescription {
    /// Each parameter that cannot be read is listed.
    fileprivate var rejectsParameters: Self {
        let problem = JSONSchema.object([
            "type": .string, "loc": .array(of: .string), "msg": .string, "input": .string.orNull,
        ])
        return responds(
            .named("ValidationError", .object(["detail": .array(of: problem)])), .unprocessableContent)
    }
}
