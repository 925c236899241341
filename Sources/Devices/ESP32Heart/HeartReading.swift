import Clocks
import Events
import JSON

/// A reading of a heart board, sent once a second.
package struct HeartReading: Hashable, Sendable {
    package let user: HeartUser
    /// As sent; 0 until the first beat. Always finite if decoded from JSON.
    package let beatsPerMinute: HeartNumber
    /// Whether a finger is on the sensor, by the truth of the value sent. Nil if not sent, which counts as a finger.
    package let fingerDetected: Bool?
    /// The name that the device gives itself.
    package let deviceID: String?
    /// All members as sent, in order, including unknown ones: clients receive them too. Empty if the reading did not
    /// come from JSON.
    package private(set) var members: JSONMembers

    package init(
        user: HeartUser, beatsPerMinute: HeartNumber, fingerDetected: Bool? = nil, deviceID: String? = nil,
        members: JSONMembers = JSONMembers()
    ) {
        self.user = user
        self.beatsPerMinute = beatsPerMinute
        self.fingerDetected = fingerDetected
        self.deviceID = deviceID
        self.members = members
    }
}

/// Rarely used members, decoded on access. Nil if not sent or of another type.
extension HeartReading {
    /// The board's `millis()`. Other senders put seconds since 1970 here; `uptime` distinguishes them.
    package var timestamp: HeartNumber? { number("timestamp") }
    /// The wireless signal in dBm; other senders use percent.
    package var signalStrength: HeartNumber? { number("signal_strength") }
    package var infrared: HeartNumber? { number("ir_value") }
    package var red: HeartNumber? { number("red_value") }
    /// With which the board shows that it may report this user.
    package var key: String? { members["key"]?.string(in: members.bytes) }

    /// Clients do not receive the key.
    package mutating func removeKey() { members.remove("key") }

    package var sensorType: String? { members["sensor_type"]?.string(in: members.bytes) }

    /// The time since boot, if sent by the board's own firmware. It wraps after 49.7 days.
    package var uptime: Nanoseconds? {
        guard sensorType == "MAX30102", case .integer(let count) = timestamp, 0...Int64(UInt32.max) ~= count else {
            return nil
        }
        return .milliseconds(count)
    }

    private func number(_ key: StaticString) -> HeartNumber? {
        members[key].flatMap { HeartNumber($0, in: members.bytes) }
    }
}

/// One JSON object, sent in a datagram and printed after `Sent: ` on the serial port.
extension HeartReading {
    /// A board sends 140 bytes; the limit leaves room for firmware with additional members.
    package static let limits = JSONLimits(
        depth: 16, bytes: 16_384, stringBytes: 8_192, members: 256, numberBytes: 64)
    /// In bytes of UTF-8.
    package static let longestUser = 256

    /// Decodes an object in a buffer that will be reused.
    package init(datagram: ArraySlice<UInt8>) throws(HeartReadingError) {
        // `Array(datagram)` would share the large buffer and force its owner to allocate a new one.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(datagram.count)
        bytes += datagram
        try self.init(datagram: bytes)
    }

    /// Decodes one datagram. Surrounding white space is allowed; the datagram is accepted as a whole or not at all.
    package init(datagram bytes: [UInt8]) throws(HeartReadingError) {
        let members: JSONMembers
        do throws(JSONError) {
            members = try JSONMembers(parsing: bytes, limits: Self.limits)
        } catch {
            throw HeartReadingError(error)
        }
        var user, rate, finger, device: JSONToken?
        for member in members.members {
            if members.isText(member.key, "user") {
                user = member.value
            } else if members.isText(member.key, "bpm") {
                rate = member.value
            } else if members.isText(member.key, "finger_detected") {
                finger = member.value
            } else if members.isText(member.key, "device_id") {
                device = member.value
            }
        }
        guard let user else { throw HeartReadingError(.missingUser) }
        guard let rate else { throw HeartReadingError(.missingRate) }
        self.init(
            user: try HeartUser(user, in: members.bytes),
            beatsPerMinute: try HeartNumber(rate: rate, in: members.bytes),
            fingerDetected: finger.map { Self.isTruthy($0, in: members.bytes) },
            deviceID: device.flatMap { $0.string(in: members.bytes) }, members: members)
    }

    /// Truth as in Python: null, false, 0 and empty values are false.
    private static func isTruthy(_ token: JSONToken, in bytes: ArraySlice<UInt8>) -> Bool {
        switch token.kind {
        case .null: false
        case .boolean: token.boolean(in: bytes) ?? false
        case .integer, .fraction: token.double(in: bytes) != 0
        case .string: !token.content.isEmpty
        // Only white space between the brackets means that the container is empty.
        case .array, .object: bytes[token.content].contains { $0 > 0x20 }
        }
    }
}

extension HeartUser {
    fileprivate init(_ token: JSONToken, in bytes: ArraySlice<UInt8>) throws(HeartReadingError) {
        switch token.kind {
        case .null: self = .null
        case .boolean: self.init(token.boolean(in: bytes) ?? false)
        case .integer, .fraction:
            if let integer = token.integer(in: bytes) {
                self = .number(integer)
            } else {
                self.init(token.double(in: bytes) ?? 0)
            }
        case .string:
            let text = token.string(in: bytes) ?? ""
            guard text.utf8.count <= HeartReading.longestUser else { throw HeartReadingError(.userTooLong) }
            self = .text(text)
        case .array, .object: throw HeartReadingError(.wrongTypeOfUser)
        }
    }
}

/// A number that remembers whether it was sent as an integer, because it is forwarded to clients unchanged: 72 stays
/// 72, and 72.0 stays 72.0.
package enum HeartNumber: Hashable, Sendable {
    case integer(Int64)
    case number(Double)

    package var doubleValue: Double {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        }
    }

    init?(_ token: JSONToken, in bytes: ArraySlice<UInt8>) {
        if let integer = token.integer(in: bytes) {
            self = .integer(integer)
        } else if let number = token.double(in: bytes) {
            self = .number(number)
        } else {
            return nil
        }
    }

    /// A rate may also be true or false, which count as 1 and 0.
    init(rate token: JSONToken, in bytes: ArraySlice<UInt8>) throws(HeartReadingError) {
        if let number = Self(token, in: bytes) {
            self = number
        } else if let boolean = token.boolean(in: bytes) {
            self = .integer(boolean ? 1 : 0)
        } else {
            throw HeartReadingError(.wrongTypeOfRate)
        }
    }
}

package typealias HeartReadingError = DeviceJSONError<HeartReadingReject>

/// Why a heart reading was rejected.
package enum HeartReadingReject: String, DeviceJSONReason {
    case empty
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case badEncoding = "bad_encoding"
    case notFinite = "not_finite"
    case tooLarge = "too_large"
    case missingUser = "missing_user"
    case missingRate = "missing_bpm"
    /// The user is an array or object.
    case wrongTypeOfUser = "wrong_type_of_user"
    case userTooLong = "user_too_long"
    /// The rate is a string, null, array or object.
    case wrongTypeOfRate = "wrong_type_of_bpm"

    package static let messageName = "heart reading"

    package var sentence: String {
        switch self {
        case .missingUser: "\"user\" missing"
        case .missingRate: "\"bpm\" missing"
        case .wrongTypeOfUser: "\"user\" must be a number, string, boolean or null"
        case .userTooLong: "\"user\" is longer than \(HeartReading.longestUser) bytes"
        case .wrongTypeOfRate: "\"bpm\" must be a number"
        case .empty, .notJSON, .notAnObject, .badEncoding, .notFinite, .tooLarge: rawValue
        }
    }
}
