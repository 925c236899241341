import JSON
import Web

/// The events of pressure sessions, for `/asyncapi.json`.
enum PressureMessages {
    static var description: SocketDescription {
        SocketDescription()
            .sends(
                "connectionResponse", .object(["data": .string]), "`connection_response`: the client is connected"
            )
            .sends(
                "sessionJoined", session.adding(["status": .choice("ready")]),
                "`session_joined`: the client receives the events of the session"
            )
            .sends(
                "frameProcessed",
                .object([
                    "stats": statistics, "raw_stats": statistics, "frame_count": .integer(from: 0), "timestamp": .any,
                    "events": JSONSchema.array(of: .map(to: .any)).optional.meaning("Thresholds that were reached"),
                ]),
                "`frame_processed`: the statistics of a frame, smoothed and as they are"
            )
            .sends(
                "statsUpdate", .object(["stats": statistics, "raw_stats": statistics, "timestamp": .any]),
                "`stats_update`: statistics that the owner has computed, smoothed and as they are"
            )
            .sends("sessionEnded", session, "`session_ended`: the session has ended, or the client has left it")
            .sends(
                "error", .object(["message": .string, "reason": .string]),
                "`error`: why an event of the client was rejected"
            )
            .receives(
                "joinSession",
                session.adding([
                    "source": JSONSchema.either(.string, .boolean).optional.meaning(
                        "The mat of the gateway whose frames are those of the session; true is the only one")
                ]), "`join_session`: joins a session, or begins it"
            )
            .receives(
                "pressureFrame",
                .object([
                    "workout_id": name.optional, "matrix": .array(of: .array(of: .either(.number, .string, .boolean))),
                    "timestamp": .any.optional, "nodes": .any.optional,
                ]), "`pressure_frame`: a frame of the owner"
            )
            .receives(
                "statsFrame",
                session.adding(["stats": .map(to: .any), "timestamp": .any.optional]),
                "`stats_frame`: statistics that the owner has computed"
            )
            .receives("leaveSession", session, "`leave_session`: leaves a session; its owner ends it")
    }

    private static var name: JSONSchema { .either(.string, .number) }
    private static var session: JSONSchema { .object(["workout_id": name]) }
    /// Regions with their statistics.
    private static var statistics: JSONSchema { .map(to: .map(to: .number)) }
}
