import JSON
import Signals
import Store
import Web

/// Why a request for workouts fails.
package enum WorkoutError: Error, Hashable, Sendable {
    case unknown
    case document(WorkoutDocument.Reject)
    /// A client has chosen an id that is not one.
    case invalidID
    case exists
    /// The id of a workout cannot be changed.
    case otherID
    case parameter(String)
    case frame(PressureFrameReject)
    case tooManyExports(String)
    case unavailable(String)

    init(_ error: StoreError) {
        self = .unavailable("\(error)")
    }

    var response: HTTPResponse {
        .object(status: status) { writer in
            writer.member("error", message)
            writer.member("reason", reason)
        }
    }

    private var status: HTTPStatus {
        switch self {
        case .unknown, .otherID: .notFound
        case .document(.tooLarge): .contentTooLarge
        case .document, .invalidID, .parameter, .frame: .badRequest
        case .exists: .conflict
        case .tooManyExports, .unavailable: .serviceUnavailable
        }
    }

    private var reason: String {
        switch self {
        case .unknown: "unknown"
        case .document(.missing): "missing_body"
        case .document(.notAnObject): "not_an_object"
        case .document(.invalid): "invalid_json"
        case .document(.tooLarge): "too_large"
        case .document(.reserved): "reserved_member"
        case .invalidID: "invalid_id"
        case .exists: "exists"
        case .otherID: "other_id"
        case .parameter: "invalid_parameter"
        case .frame(let reject): reject.name
        case .tooManyExports: "limit"
        case .unavailable: "unavailable"
        }
    }

    /// Clients search some of these texts.
    private var message: String {
        switch self {
        case .unknown: "Workout not found"
        case .document(.missing): "Missing JSON body"
        case .document(.notAnObject): "The body must be a JSON object."
        case .document(.invalid(let detail)): "The body is not valid JSON: \(detail)."
        case .document(.tooLarge(let maximum)):
            "The document has more than \(maximum) bytes (pressure.maximum_document_bytes)."
        case .document(.reserved("pressure_frames")):
            "Frames are sent as events of a session; \"pressure_frames\" cannot be set."
        case .document(.reserved(let name)): "The member \"\(name)\" cannot be set."
        case .invalidID: "An \"_id\" has 24 hexadecimal digits."
        case .exists: "There is a workout with this \"_id\" already."
        case .otherID: "Workout not found: the \"_id\" of a workout cannot be changed."
        case .parameter(let detail): detail
        case .frame(let reject): reject.message
        case .tooManyExports(let detail): "\(detail)."
        case .unavailable(let detail): "Workouts are not available: \(detail)."
        }
    }
}
