import JSON
import ShootingRange
import Web

/// What the routes of `RangeAPI` do, in its order.
enum RangeDocumentation {
    private static func describe(_ summary: String) -> RouteDescription { .api("Range", summary) }

    static var explain: RouteDescription {
        describe("Returns how an event was derived: its bytes, its causes, the clock and the limits that applied")
            .parameter("id", "The id of the event", .integer(from: 0))
            .responds(.object(["id": .integer])).fails(.badRequest, .notFound, .serviceUnavailable)
    }

    // MARK: Targets

    static var targets: RouteDescription {
        describe("Lists the targets").responds(.object(["targets": .array(of: RangeSchemas.target)]))
    }

    static var target: RouteDescription {
        describe("Returns a target").parameter("id", "The id of the target")
            .responds(RangeSchemas.target).fails(.notFound)
    }

    static var addTarget: RouteDescription {
        describe("Adds a target").text("Without an id, one is made from the name.")
            .body(RangeSchemas.newTarget)
            .responds(RangeSchemas.target, .created).fails(.badRequest, .notFound, .conflict)
    }

    static var putTarget: RouteDescription {
        describe("Adds or replaces a target").parameter("id", "The id of the target")
            .body(RangeSchemas.newTarget, isRequired: false)
            .responds(RangeSchemas.target).fails(.badRequest, .notFound, .conflict)
    }

    static var deleteTarget: RouteDescription {
        describe("Deletes a target").parameter("id", "The id of the target").mayWarn.fails(.notFound)
    }

    // MARK: Timers

    static var timers: RouteDescription {
        describe("Lists the timers").responds(.object(["timers": .array(of: RangeSchemas.timer)]))
    }

    static var timer: RouteDescription {
        describe("Returns a timer").parameter("id", "The id of the timer").responds(RangeSchemas.timer).fails(.notFound)
    }

    static func command(_ command: TimerCommand) -> RouteDescription {
        switch command {
        case .start: send("Starts a string")
        case .stop: send("Stops a string")
        case .sensitivity: send("Sets the sensitivity").parameter("level", "From 1 to 10", .integer(in: 1...10))
        case .requestShots: send("Requests the shots of the latest string, so that missed shots are recovered")
        case .requestScreen: send("Requests the content of the timer's screen")
        }
    }

    private static func send(_ summary: String) -> RouteDescription {
        describe(summary).text("The timer does not confirm commands: its reaction appears as events.")
            .parameter("id", "The id of the timer; any: the only one that is connected")
            .responds(.object(["status": .choice("sent")]), .accepted)
            .fails(.badRequest, .notFound, .conflict, .serviceUnavailable)
    }

    // MARK: Sensors

    static var sensors: RouteDescription {
        describe("Lists the impact sensors").responds(.object(["sensors": .array(of: RangeSchemas.sensor)]))
    }

    static var sensor: RouteDescription {
        describe("Returns an impact sensor").parameter("id", "The id of the sensor")
            .responds(RangeSchemas.sensor).fails(.notFound)
    }

    static var waveform: RouteDescription {
        describe("Returns how strongly a sensor's target moved, for a picture")
            .text(
                "Each value is the largest deviation from rest in an interval, oldest first, or null without samples."
            )
            .parameter("id", "The id of the sensor")
            .query("seconds", .number(in: 1...120), "The time until now; 30 by default")
            .query("points", .integer(in: 10...2_000), "The number of intervals; 600 by default")
            .responds(
                .object([
                    "end": .time, "seconds": .number, "quantity": .choice("velocity", "acceleration"),
                    "values": .array(of: .number.orNull),
                ])
            )
            .fails(.badRequest, .notFound)
    }

    static var thresholds: RouteDescription {
        change("Changes thresholds of a sensor").body(RangeSchemas.newThresholds, isRequired: false)
            .responds(RangeSchemas.sensor)
    }

    static var assign: RouteDescription {
        change("Assigns a sensor to a target, or to none")
            .body(.closedObject(["target": .string.orNull])).responds(RangeSchemas.sensor)
    }

    static var calibrate: RouteDescription {
        change("Discards a sensor's rest level and delay, and learns thresholds from taps on its target")
            .body(.closedObject(["taps": .integer(in: 3...20).optional]), isRequired: false)
            .responds(RangeSchemas.sensor, .accepted)
    }

    static var stopCalibration: RouteDescription {
        describe("Ends the wait for taps; the thresholds from before it apply")
            .text("If no taps are awaited, nothing changes.")
            .parameter("id", "The id of the sensor").responds(RangeSchemas.sensor).fails(.notFound)
    }

    static var dryRun: RouteDescription {
        change("Detects impacts again, with other thresholds; changes nothing")
            .body(
                .closedObject([
                    "recording": .string.orNull.optional.meaning("Instead of the recent samples"),
                    "thresholds": RangeSchemas.newThresholds.optional,
                    "seconds": .number(in: 0.1...3_600).optional.meaning("The age of the oldest samples"),
                ]), isRequired: false
            )
            .responds(RangeSchemas.dryRun).fails(.serviceUnavailable)
    }

    private static func change(_ summary: String) -> RouteDescription {
        describe(summary).parameter("id", "The id of the sensor").fails(.badRequest, .notFound, .conflict)
    }

    // MARK: Recordings

    static var startRecording: RouteDescription {
        change("Starts recording a sensor")
            .body(.closedObject(["name": .string(longest: 64).orNull.optional]), isRequired: false)
            .responds(.object(["recording": .string]), .created)
    }

    static var stopRecording: RouteDescription {
        change("Stops recording a sensor").responds(RangeSchemas.recording)
    }

    static var recordings: RouteDescription {
        describe("Lists the recordings").responds(.object(["recordings": .array(of: RangeSchemas.recording)]))
            .fails(.serviceUnavailable)
    }

    static var recording: RouteDescription {
        describe("Returns a recording, which the command decode reads").parameter("name", "The name of the recording")
            .responds(as: .plainText).fails(.notFound, .serviceUnavailable)
    }

    // MARK: Runs

    static var runs: RouteDescription {
        filtered("Lists runs, newest first")
            .query("limit", .integer(in: 1...500), "The maximum number of runs; 50 by default")
            .query("before", .integer, "Only runs with lower numbers: next_before of the page before")
            .responds(.object(["runs": .array(of: RangeSchemas.run), "next_before": .integer.orNull]))
    }

    static var export: RouteDescription {
        filtered("Exports all runs as a file")
            .responds(.object(["runs": .array(of: RangeSchemas.run), "next_before": .null]))
    }

    private static func filtered(_ summary: String) -> RouteDescription {
        describe(summary)
            .query("shooter", .string, "Only runs of this shooter")
            .query("stage", .string, "Only runs through this stage")
            .query("timer", .string, "Only runs of this timer")
            .query(
                "state", .choice("running", "completed", "interrupted", "timeout", "unknown"),
                "Only runs in this state"
            )
            .query("from", .string, "Only runs that started at this time or later")
            .query("until", .string, "Only runs that started earlier")
            .query("format", .choice("json", "csv"), "json by default")
            .responds(as: .csv).fails(.badRequest, .serviceUnavailable)
    }

    static var upcoming: RouteDescription {
        describe("Returns the names of the next run").responds(RangeSchemas.upcoming)
    }

    static var editUpcoming: RouteDescription {
        describe("Names the next run").body(RangeSchemas.runEdit, isRequired: false)
            .responds(RangeSchemas.upcoming).fails(.badRequest)
    }

    static var run: RouteDescription {
        one("Returns a run").query("format", .choice("json", "csv"), "json by default")
            .responds(RangeSchemas.run).responds(as: .csv).fails(.badRequest)
    }

    static var editRun: RouteDescription {
        one("Names a run").body(RangeSchemas.runEdit).responds(RangeSchemas.run).fails(.badRequest, .conflict)
    }

    static var deleteRun: RouteDescription { one("Deletes a run").mayWarn.fails(.conflict) }

    private static func one(_ summary: String) -> RouteDescription {
        describe(summary).parameter("id", "The id of the run").fails(.notFound, .serviceUnavailable)
    }
}

extension RouteDescription {
    /// 204, or 200 with a warning.
    fileprivate var mayWarn: Self {
        responds(.noContent).responds(.object(["warning": RangeSchemas.warning]), .ok)
    }
}

/// What the routes of `RangeAPI.addLeadVilleTimers` do, in its order.
enum LeadVilleTimerDocumentation {
    static var timers: RouteDescription {
        describe("Lists the timers")
            .responds(
                .object([
                    "timers": .array(of: RangeSchemas.leadVilleTimer), "total_count": .integer,
                    "connected_count": .integer,
                ]))
    }

    static var status: RouteDescription {
        describe("Returns the state of a timer")
            .responds(.object(["status": RangeSchemas.leadVilleTimer, "timestamp": .time])).fails(.notFound)
    }

    static var summary: RouteDescription {
        describe("Counts the timers")
            .responds(
                .object([
                    "manager_status": .object(["total_timers": .integer, "connected_timers": .integer]),
                    "timestamp": .time,
                ]))
    }

    static var connect: RouteDescription { command("Connects a timer, now and whenever it is reachable") }
    static var disconnect: RouteDescription { command("Disconnects a timer") }
    static var startMonitoring: RouteDescription { command("Confirms that a connected timer is always monitored") }
    static var stopMonitoring: RouteDescription { command("Is rejected while the timer is connected") }
    static var start: RouteDescription { command("Starts a string") }

    static var sensitivity: RouteDescription {
        command("Sets the sensitivity").parameter("level", "From 1 to 10", .integer(in: 1...10))
    }

    static var requestData: RouteDescription {
        command("Requests the shots of the latest string, or the content of the screen")
            .query("data_type", .choice("shots", "screen"), "shots by default")
    }

    private static func command(_ summary: String) -> RouteDescription {
        describe(summary).parameter("id", "The id of the timer; for commands also any: the only one that is connected")
            .responds(.object(["hw_addr": .string, "message": .string]))
            .fails(.badRequest, .notFound, .conflict, .serviceUnavailable)
    }

    private static func describe(_ summary: String) -> RouteDescription {
        RouteDescription(
            summary, in: "LeadVille: timers",
            errors: .named("LeadVilleError", APIError.schema.adding(["detail": .string])))
    }
}
