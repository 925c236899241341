import JSON
import Signals
import Web

/// What the routes of `RecordingAPI` do.
enum RecordingDocumentation {
    static var list: RouteDescription {
        describe("Lists the recordings, newest first").responds(.object(["recordings": .array(of: shape)]))
            .fails(.serviceUnavailable)
    }

    static var start: RouteDescription {
        describe("Starts the recording of a phone")
            .body(
                .closedObject([
                    "phone": .string(longest: 200).orNull.optional.meaning("Not needed if there is only one"),
                    "name": .string(longest: 200).orNull.optional,
                    "before": .number(in: 0...30).optional.meaning("Seconds before now that belong to it"),
                ]), isRequired: false
            )
            .responds(.object(["recording": .string]), .accepted)
            .fails(.badRequest, .notFound, .conflict)
    }

    static var stop: RouteDescription {
        describe("Stops the recording of a phone, and returns what is stored")
            .body(.closedObject(["phone": .string(longest: 200).orNull.optional]), isRequired: false)
            .responds(shape)
            .fails(.badRequest, .notFound, .conflict, .serviceUnavailable)
    }

    static var rename: RouteDescription {
        one("Names a recording")
            .body(.closedObject(["name": .string(longest: 200)]))
            .responds(shape)
            .fails(.badRequest, .notFound, .serviceUnavailable)
    }

    static var delete: RouteDescription {
        one("Deletes a recording").responds(.noContent).fails(.notFound, .serviceUnavailable)
    }

    static var download: RouteDescription {
        one("Returns a recording with its samples")
            .text(
                "In JSON a sample is a time in milliseconds since 1970, x, y and z; in CSV each sample is a line, with the length of the gap before it."
            )
            .query("format", .choice("json", "csv"), "json by default")
            .responds(
                shape.adding(["data": .map(to: .array(of: .array(of: .number))), "gaps": MotionDocumentation.gaps])
            )
            .fails(.notFound, .serviceUnavailable)
    }

    static var analysis: RouteDescription {
        one("Analyses the swing in a recording, with the sample behind each statement")
            .responds(
                .object([
                    "verdict": .choice(SwingAnalysis.Verdict.allCases.map(\.rawValue)), "text": .string,
                    "acceleration_unit": .string.orNull, "heel_strike": finding, "foot_plant": finding, "hips": finding,
                    "wrist": finding, "direction": .choice("right", "left").orNull,
                    "heel_strike_to_hips_seconds": .number.orNull, "hips_to_foot_plant_seconds": .number.orNull,
                    "heel_strike_to_wrist_seconds": .number.orNull, "hips_before_wrist": .boolean.orNull,
                    "gaps": MotionDocumentation.gaps,
                    "interrupted": .boolean.meaning(
                        "Whether samples are missing between the first and the last finding"),
                ])
            )
            .fails(.notFound, .serviceUnavailable)
    }

    private static var shape: JSONSchema {
        .object([
            "id": .string, "name": .string, "phone": .string, "session": .string.orNull, "started": .time,
            "duration": .number, "samples": .integer, "trigger": .choice("request", "swing"),
        ])
    }

    private static var finding: JSONSchema { .object(["time": .number]).orNull }

    private static func one(_ summary: String) -> RouteDescription {
        describe(summary).parameter("id", "The id of the recording")
    }

    private static func describe(_ summary: String) -> RouteDescription { .api("Recordings of phones", summary) }
}
