import Events

/// What one line of the heart board's serial port says.
package enum HeartSerialItem: Hashable, Sendable {
    /// The very object that the board has just sent by UDP.
    case reading(HeartReading)
    /// A beat, just now, and the rate that it alone suggests. Only the serial port tells of single beats.
    case beat(beatsPerMinute: Int)
    /// How the finger lies, some ninety times a second.
    case contact(HeartContact, infrared: Int)
    case status(Status)
    case rejected(Reject)

    package enum Status: Hashable, Sendable {
        /// The board has started, and says which one it is.
        case started(device: String)
        case sensorFound
        /// The board will never send anything: its sensor does not answer.
        case sensorMissing
        case networkJoined
        case networkLost
    }

    /// Why a line that should mean something means nothing.
    package enum Reject: Hashable, Sendable {
        case reading(HeartReadingError)
        /// No number stands where one belongs.
        case malformedNumber
        case lineTooLong
        /// The first half of a two-line message, but not the second.
        case incompleteContact
    }
}

extension HeartSerialItem.Reject {
    /// A stable name for counters.
    package var name: String {
        switch self {
        case .reading(let refusal): "reading:\(refusal.reason.rawValue)"
        case .malformedNumber: "malformed_number"
        case .lineTooLong: "line_too_long"
        case .incompleteContact: "incomplete_contact"
        }
    }
}
