import JSON

/// Why a heart reading was refused: a reason that can be counted, and where in the JSON, when it was not JSON.
package struct HeartReadingError: Error, Hashable, Sendable {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, JSONErrorReason, Sendable {
        case empty
        case notJSON = "not_json"
        case notAnObject = "not_an_object"
        case badEncoding = "bad_encoding"
        /// NaN, Infinity, or a number too large for a double, anywhere in the object.
        case notFinite = "not_finite"
        /// More bytes, members, digits or nesting than any heart board needs.
        case tooLarge = "too_large"
        case missingUser = "missing_user"
        case missingRate = "missing_bpm"
        /// The user is an array or an object.
        case wrongTypeOfUser = "wrong_type_of_user"
        case userTooLong = "user_too_long"
        /// The rate is text, null, an array or an object.
        case wrongTypeOfRate = "wrong_type_of_bpm"
    }

    package let reason: Reason
    package let json: JSONError?

    init(_ reason: Reason) {
        self.reason = reason
        json = nil
    }

    init(_ json: JSONError) {
        self.json = json
        reason = Reason(json)
    }
}

extension HeartReadingError: CustomStringConvertible {
    package var description: String {
        if let json { return "heart reading refused: \(json)" }
        return switch reason {
        case .missingUser: "heart reading refused: it has no \"user\""
        case .missingRate: "heart reading refused: it has no \"bpm\""
        case .wrongTypeOfUser: "heart reading refused: \"user\" must be a number, text, true, false or null"
        case .userTooLong:
            "heart reading refused: \"user\" is longer than \(HeartReading.longestUser) bytes"
        case .wrongTypeOfRate: "heart reading refused: \"bpm\" must be a number"
        case .empty, .notJSON, .notAnObject, .badEncoding, .notFinite, .tooLarge:
            "heart reading refused: \(reason.rawValue)"
        }
    }
}
