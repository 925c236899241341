import Signals
import Web

/// Why an event of a pressure session is rejected.
enum PressureEventReject: Error, Hashable, Sendable {
    case notAnObject(String)
    case unknownEvent(String)
    case invalidJSON(String)
    case missingID
    case missingStatistics
    case otherOwner
    case tooManySessions
    case tooManyJoins
    /// The mats that are connected.
    case unknownMat([String])
    case frame(PressureFrameReject)
    case access(AccessReject)

    static let names = [
        "not_an_object", "unknown_event", "invalid_json", "missing_workout_id", "missing_stats", "other_owner",
        "too_many_sessions", "too_many_joins", "unknown_mat",
    ]

    /// The label of the counter.
    var name: String {
        switch self {
        case .notAnObject: "not_an_object"
        case .unknownEvent: "unknown_event"
        case .invalidJSON: "invalid_json"
        case .missingID: "missing_workout_id"
        case .missingStatistics: "missing_stats"
        case .otherOwner: "other_owner"
        case .tooManySessions: "too_many_sessions"
        case .tooManyJoins: "too_many_joins"
        case .unknownMat: "unknown_mat"
        case .frame(let reject): reject.name
        case .access(let reject): reject.rawValue
        }
    }

    /// What is wrong, and what to do. Clients search the texts for missing members.
    var message: String {
        switch self {
        case .notAnObject(let event): "The payload of \(event.prefix(64)) must be an object."
        case .unknownEvent(let event):
            "Unknown event \(event.prefix(64)): the events are join_session, pressure_frame, stats_frame and leave_session."
        case .invalidJSON(let detail): "The payload is not valid JSON: \(detail)."
        case .missingID: "Missing workout_id"
        case .missingStatistics: "Missing workout_id or stats"
        case .otherOwner: "Another client sends the frames of this workout. Join with another workout_id."
        case .tooManySessions: "There are too many sessions. Leave those that have ended."
        case .tooManyJoins: "This client has joined too many sessions. Leave those that have ended."
        case .unknownMat(let mats):
            mats.isEmpty
                ? "No mat is connected." : "No such mat; connected are: \(mats.prefix(16).joined(separator: ", "))."
        case .frame(let reject): reject.message
        case .access(let reject): reject.message
        }
    }
}
