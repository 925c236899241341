import JSON
import Web

/// What the routes of `PressureAPI` do.
enum PressureDocumentation {
    static var index: RouteDescription {
        service("Returns the name of this service").responds(.object(["status": .choice("ok"), "message": .string]))
    }

    static var health: RouteDescription {
        service("Returns whether the gateway runs, and whether workouts are available")
            .responds(
                .object([
                    "status": .choice("healthy"), "workouts": .choice("available", "unavailable"),
                    "detail": .string.meaning("Why workouts are unavailable").optional,
                ]))
    }

    static var start: RouteDescription {
        service("Repeats what was sent").body(.any, isRequired: false)
            .responds(.object(["status": .choice("ok"), "received": .any]))
    }

    static var list: RouteDescription {
        workouts("Lists the workouts, newest first, without their large members and frames")
            .query("limit", .integer(in: 1...10_000), "The maximum number of workouts; 200 by default")
            .query("before", .integer(from: 0), "The `next_before` of the page before")
            .responds(
                .object([
                    "status": .choice("success"), "data": .array(of: workout), "total": .integer,
                    "next_before": .integer.orNull,
                ])
            )
            .fails(.badRequest, .serviceUnavailable)
    }

    static var create: RouteDescription {
        workouts("Creates a workout").text("The client may choose the `_id`.")
            .body(.map(to: .any)).responds(success(workout), .created)
            .fails(.badRequest, .conflict, .contentTooLarge, .serviceUnavailable)
    }

    static var document: RouteDescription {
        workouts("Returns a workout with its first frames").parameter("id", idText, id)
            .responds(
                success(
                    workout.adding([
                        "pressure_frames": .array(of: frame).optional,
                        "pressure_frames_truncated": .boolean.meaning("Whether there are more frames").optional,
                    ]))
            )
            .fails(.notFound, .serviceUnavailable)
    }

    static var update: RouteDescription {
        workouts("Adds or replaces members of a workout").parameter("id", idText, id)
            .body(.map(to: .any)).responds(success(workout))
            .fails(.badRequest, .notFound, .contentTooLarge, .serviceUnavailable)
    }

    static var delete: RouteDescription {
        workouts("Deletes a workout and its frames").parameter("id", idText, id)
            .responds(.object(["status": .choice("success"), "message": .string]))
            .fails(.notFound, .serviceUnavailable)
    }

    static var frames: RouteDescription {
        workouts("Returns the frames of a workout").parameter("id", idText, id)
            .query("format", .choice(WorkoutFrameFormat.allCases.map(\.rawValue)), "The format; JSON by default")
            .query("from", .integer(from: 0), "The number of the first frame; 0 by default")
            .query("limit", .integer(from: 1), "The maximum number of frames; all by default")
            .responds(
                .object([
                    "workout_id": id, "frame_count": .integer, "frames": .array(of: frame),
                    "next": .integer.meaning("The number of the next frame").orNull,
                ])
            )
            .fails(.badRequest, .notFound, .serviceUnavailable)
    }

    static var statistics: RouteDescription {
        RouteDescription("Computes the statistics of a frame, and stores it", in: "Frames", errors: WorkoutError.schema)
            .text("The frame is stored if `session_id` is that of a workout.")
            .body(
                .object([
                    "session_id": .string(longest: 128), "matrix": .array(of: .array(of: .number)),
                    "timestamp": .any.optional, "nodes": .any.optional,
                ])
            )
            .responds(
                success(
                    .object([
                        "matrix": .array(of: .array(of: .number)), "stats": regionStatistics,
                        "raw_stats": regionStatistics, "events": .array(of: .map(to: .any)), "frame_count": .integer,
                    ]))
            )
            .fails(.badRequest, .contentTooLarge)
    }

    static var regions: RouteDescription {
        RouteDescription("Lists the regions of mats of a size", in: "Workouts", errors: WorkoutError.schema)
            .query("rows", .integer(in: 1...1_024), "Needed")
            .query("columns", .integer(in: 1...1_024), "Needed")
            .responds(
                .object([
                    "regions": .array(
                        of: .object([
                            "name": .string, "rows": .array(of: .integer).meaning("The first row, and the end"),
                            "columns": .array(of: .integer).meaning("The first column, and the end"),
                        ]))
                ])
            )
            .fails(.badRequest)
    }

    private static let idText = "The `_id` of the workout"
    private static let id = JSONSchema.string(pattern: "^[0-9a-fA-F]{24}$")

    private static func service(_ summary: String) -> RouteDescription { RouteDescription(summary, in: "Service") }

    private static func workouts(_ summary: String) -> RouteDescription {
        RouteDescription(summary, in: "Workouts", errors: WorkoutError.schema)
    }

    private static func success(_ data: JSONSchema) -> JSONSchema {
        .object(["status": .choice("success"), "data": data])
    }

    private static var workout: JSONSchema {
        .named(
            "Workout",
            .object([
                "_id": id, "created_at": .time, "updated_at": .time, "frame_count": .integer,
                "omitted_members": .array(of: .string).meaning("Large members that a list leaves out").optional,
            ]))
    }

    private static var frame: JSONSchema {
        .named(
            "PressureFrame",
            .object([
                "frame": .integer, "received": .time, "pressure_matrix": .array(of: .array(of: .number)),
                "timestamp": .any, "calculated_stats": regionStatistics.optional,
                "smoothed_stats": regionStatistics.optional,
                "nodes": .any.optional, "events": .array(of: .map(to: .any)).optional,
            ]))
    }

    private static var regionStatistics: JSONSchema { .map(to: .map(to: .number)) }
}

extension WorkoutError {
    static var schema: JSONSchema {
        .named(
            "WorkoutError",
            .object([
                "error": .string.meaning("What is wrong"), "reason": .string.meaning("The same in one word"),
            ]))
    }
}
