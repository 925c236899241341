import Devices
import Events
import Network

/// The keys that a datagram must carry to report certain users. A board sends its key in plain text, so a key
/// protects from mistakes and strangers, not from anyone who reads the network's traffic.
package struct HeartUserKeys: Sendable {
    enum Reject: String {
        case missing = "missing_key"
        case wrong = "wrong_key"
    }

    /// By the user as text: the number 1 and the text "1" look the same to a person.
    private let keys: [String: [UInt8]]

    package init(_ keys: [String: String] = [:]) {
        self.keys = keys.mapValues { Array($0.utf8) }
    }

    var isEmpty: Bool { keys.isEmpty }

    /// Why a reading is not admitted; nil if it is.
    func reject(_ reading: HeartReading) -> Reject? {
        guard let key = keys[reading.user.description] else { return nil }
        guard let presented = reading.key else { return .missing }
        return SecretComparison.areEqual(Array(presented.utf8), key) ? nil : .wrong
    }

    /// The reading as clients receive it.
    func withoutKey(_ reading: HeartReading) -> HeartReading {
        guard keys[reading.user.description] != nil else { return reading }
        var reading = reading
        reading.removeKey()
        return reading
    }
}
