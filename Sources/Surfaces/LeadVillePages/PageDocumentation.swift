import JSON
import Web

/// What the other routes of LeadVille's pages do: health, log, kiosk, range officer, timer dashboard.
enum PageDocumentation {
    static var health: RouteDescription {
        .page("gateway", "Reports that the gateway runs")
            .responds(.object(["status": .string, "timestamp": .time, "project": .string, "version": .string]))
    }

    static var restart: RouteDescription {
        .page("gateway", "Always rejected: a page cannot restart the gateway").fails(.notImplemented)
    }

    static var logs: RouteDescription {
        .page("gateway", "Returns the latest lines of the log, newest first")
            .query("limit", .integer(in: 0...1_000_000), "The maximum number; 100 by default")
            .responds(.array(of: PageSchemas.logLine)).fails(.unprocessableContent)
    }

    static var logSocket: RouteDescription {
        .page("gateway", "Sends the lines of the log")
            .socket(
                SocketDescription()
                    .sends(
                        "logBatch",
                        .object(["type": .choice("log_batch"), "logs": .array(of: PageSchemas.logLine)]),
                        "The latest lines, newest first"
                    )
                    .sends("logEntry", PageSchemas.logLine.adding(["type": .choice("log_entry")]), "A new line")
                    .sends(
                        "error", .object(["type": .choice("error"), "message": .string]), "A description of the error"
                    )
                    .receives(
                        "requestLogs",
                        .object(["type": .choice("request_logs"), "limit": .integer.optional]),
                        "Requests the latest lines"))
    }

    static var kiosk: RouteDescription {
        .page("gateway", "Returns the state of the machine")
            .responds(
                .object([
                    "timestamp": .time, "node_name": .string,
                    "network": .object([
                        "mode": .string, "ssid": .string.orNull, "ipv4": .array(of: .string),
                        "ipv6": .array(of: .string),
                    ]),
                    "services": .map(to: .string), "logs": .array(of: .string), "system": .map(to: .string),
                ]))
    }

    // MARK: The range officer

    static var officerStages: RouteDescription {
        officer("Lists the stages as drawings").responds(.array(of: PageSchemas.officerStage))
    }

    static var officerStage: RouteDescription {
        officer("Returns a stage as a drawing").parameter("id", "Such as stage1")
            .responds(PageSchemas.officerStage).fails(.notFound)
    }

    static var officerStrings: RouteDescription {
        officer("Lists the latest runs").responds(.array(of: PageSchemas.officerString)).unavailable
    }

    static var activeString: RouteDescription {
        officer("Returns the current run, or null").responds(PageSchemas.officerString.orNull).unavailable
    }

    static var rejected: RouteDescription {
        officer("Always rejected: strings and hits come from timers and sensors only").fails(.conflict)
    }

    private static func officer(_ summary: String) -> RouteDescription {
        .page("range officer", summary, errors: PageSchemas.officerError)
    }

    // MARK: The timer dashboard

    static var shotLog: RouteDescription {
        timers("Returns the latest starts, shots, stops and impacts, newest first")
            .query("limit", .integer(in: 0...1_000_000), "The maximum number; 100 by default")
            .responds(.object(["logs": .array(of: .map(to: .any)), "count": .integer])).fails(.unprocessableContent)
    }

    static var latestEvents: RouteDescription {
        timers("Returns the latest starts, shots and stops, newest first")
            .query("limit", .integer(in: 1...100), "The maximum number; 20 by default")
            .responds(.array(of: PageSchemas.timerEvent)).fails(.unprocessableContent)
    }

    static var currentString: RouteDescription {
        timers("Returns the shots of the current string")
            .responds(
                .object([
                    "shots": .array(of: PageSchemas.shot), "total_shots": .integer, "string_time": .number.orNull,
                ]))
    }

    static var timerStatus: RouteDescription {
        timers("Returns the timers of the latest runs, in numbers").responds(PageSchemas.timerStatus)
    }

    static var leaderboard: RouteDescription {
        timers("Returns the best times of today")
            .responds(
                .object([
                    "leaderboard": .array(
                        of: .object([
                            "timer_device": .string, "best_time": .number, "strings_completed": .integer,
                            "last_string": .time,
                        ]))
                ]))
    }

    static var timerSocket: RouteDescription {
        timers("Sends shots as they are fired")
            .socket(
                SocketDescription()
                    .sends(
                        "initialData",
                        .object([
                            "type": .choice("initial_data"),
                            "data": .object([
                                "current_string": .array(of: PageSchemas.shot),
                                "timer_status": PageSchemas.timerStatus,
                            ]),
                        ]), "The current string, at first and when missed shots were recovered"
                    )
                    .sends(
                        "timerEvent",
                        .object(["type": .choice("timer_event"), "data": PageSchemas.timerEvent]),
                        "A start, a shot or a stop"
                    )
                    .sends("pong", .object(["type": .choice("pong")]), "The reply to ping")
                    .sends(
                        "error", .object(["type": .choice("error"), "message": .string]), "A description of the error"
                    )
                    .receives("ping", .object(["type": .choice("ping")]), "Is answered with pong"))
    }

    private static func timers(_ summary: String) -> RouteDescription { .page("timers", summary) }
}

extension RouteDescription {
    /// The store cannot be read.
    fileprivate var unavailable: Self { responds(PageSchemas.error, .serviceUnavailable) }
}
