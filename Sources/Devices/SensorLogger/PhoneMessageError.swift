import JSON

/// Why a phone's message was refused, or one reading in it.
package struct PhoneMessageError: Error, Hashable, Sendable {
    /// The raw value is a stable name for counters.
    package enum Reason: String, CaseIterable, JSONErrorReason, Sendable {
        // The message.
        case empty
        case notJSON = "not_json"
        case notAnObject = "not_an_object"
        case badEncoding = "bad_encoding"
        /// NaN, Infinity, or a number too large for a double.
        case notFinite = "not_finite"
        case tooLarge = "too_large"
        case missingPayload = "missing_payload"
        case wrongTypeOfPayload = "wrong_type_of_payload"
        // A reading.
        case notAReading = "not_a_reading"
        case missingName = "missing_name"
        case unknownSensor = "unknown_sensor"
        case missingTime = "missing_time"
        case wrongTypeOfTime = "wrong_type_of_time"
        case timeOutOfRange = "time_out_of_range"
        case missingValues = "missing_values"
        /// Not one of the sensor's fields is there in a usable form.
        case noUsableValue = "no_usable_value"
    }

    package let reason: Reason
    /// Where in the text, when it was not JSON.
    package let json: JSONError?
    /// Which reading of the message, counted from 0; nil when it is the whole message.
    package let reading: Int?

    init(_ reason: Reason, reading: Int? = nil) {
        self.reason = reason
        self.reading = reading
        json = nil
    }

    init(_ json: JSONError) {
        self.json = json
        reading = nil
        reason = Reason(json)
    }
}

extension PhoneMessageError: CustomStringConvertible {
    package var description: String {
        if let json { return "message refused: \(json)" }
        let what = reading.map { "reading \($0) refused: " } ?? "message refused: "
        return what + detail
    }

    private var detail: String {
        switch reason {
        case .missingPayload: "it has no \"payload\""
        case .wrongTypeOfPayload: "\"payload\" must be an array"
        case .notAnObject, .notAReading: "it is no object"
        case .missingName: "it has no \"name\""
        case .unknownSensor: "no sensor has this name"
        case .missingTime: "it has no \"time\""
        case .wrongTypeOfTime: "\"time\" must be a number"
        case .timeOutOfRange: "\"time\" must be nanoseconds since 1970"
        case .missingValues: "it has no \"values\", or they are no object"
        case .noUsableValue: "none of the sensor's fields has a usable value"
        case .empty, .notJSON, .badEncoding, .notFinite, .tooLarge: reason.rawValue
        }
    }
}
