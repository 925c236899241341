import JSON
import Web

/// The messages of the BPM broadcast, and of the boards.
enum HeartDocumentation {
    static var broadcast: RouteDescription {
        .api("Heart rates", "Sends every heart reading")
            .socket(
                SocketDescription()
                    .sends("reading", reading, "The board's own object with the members of the broker")
                    .sends(
                        "status", reply("status"), "The greeting, a user who is silent, or readings that were dropped"
                    )
                    .sends("statusResponse", reply("status_response"), "The state of all users")
                    .sends("history", reply("signal_history_response"), "The latest rates of a user")
                    .sends("statistics", reply("all_statistics_response"), "The statistics of all users")
                    .sends(
                        "error", .object(["type": .choice("error"), "error": .string]), "A description of the error"
                    )
                    .receives("getStatus", command("get_status"), "Requests the state of all users")
                    .receives("getAllStatistics", command("get_all_statistics"), "Requests the statistics")
                    .receives("getLatest", command("get_latest").adding(["user_id": user]), "Requests a reading")
                    .receives(
                        "getHistory", command("get_signal_history").adding(["user_id": user]),
                        "Requests the latest rates of a user"))
    }

    /// What boards send in datagrams.
    static var boards: SocketDescription {
        SocketDescription().receives(
            "heartReading",
            .object([
                "user": user, "bpm": .either(.number, .string), "finger_detected": .any.optional,
                "device_id": .string.optional,
            ]), "A reading; all further members are passed on to clients")
    }

    private static var user: JSONSchema { .either(.integer, .number, .string, .boolean, .null) }
    private static func command(_ type: String) -> JSONSchema { .object(["type": .choice(type)]) }
    private static func reply(_ type: String) -> JSONSchema { .object(["type": .choice(type), "timestamp": .number]) }

    private static var reading: JSONSchema {
        .named(
            "HeartBroadcast",
            .object([
                "user": user.optional, "bpm": .either(.number, .choice("--")), "bpm_raw": .any,
                "bpm_smoothed": .boolean, "no_heart_rate": .boolean, "server_timestamp": .number,
                "source_ip": .string, "received_at": .time, "event_id": .integer(from: 1),
                "signal_stats": JSONSchema.map(to: .number).optional, "stale": .boolean.optional,
                "age_seconds": .number.optional,
            ]))
    }
}
