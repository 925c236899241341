import Events
import JSON

/// One JSON object, as the board sends it in a datagram and prints it behind `Sent: ` on its serial port.
extension HeartReading {
    /// A board sends 140 bytes; this leaves room for whoever adds members of their own.
    package static let limits = JSONLimits(
        depth: 16, bytes: 16_384, stringBytes: 8_192, members: 256, numberBytes: 64)
    /// In bytes, as UTF-8.
    package static let longestUser = 256

    /// Reads one datagram. Space around the object is allowed; the datagram is accepted whole or not at all.
    package init(datagram: ArraySlice<UInt8>) throws(HeartRefusal) {
        let members: JSONMembers
        do throws(JSONError) {
            // A copy, because the datagram lies in a buffer that the next one will use.
            members = try JSONMembers(parsing: Array(datagram), limits: Self.limits)
        } catch {
            throw HeartRefusal(error)
        }
        let fields = HeartReadingFields(members)
        guard let user = fields.user else { throw HeartRefusal(.missingUser) }
        guard let rate = fields.rate else { throw HeartRefusal(.missingRate) }
        self.init(
            user: try HeartUser(user, in: members),
            beatsPerMinute: try HeartNumber(rate: rate, in: members),
            fingerDetected: fields.finger.map { Self.isTruthy($0, in: members) },
            timestamp: fields.timestamp.flatMap { HeartNumber($0, in: members) },
            signalStrength: fields.signalStrength.flatMap { HeartNumber($0, in: members) },
            infrared: fields.infrared.flatMap { HeartNumber($0, in: members) },
            red: fields.red.flatMap { HeartNumber($0, in: members) },
            sensorType: fields.sensorType.flatMap { members.string($0) },
            deviceID: fields.deviceID.flatMap { members.string($0) },
            members: members)
    }

    /// As Python judges values: null, false, 0 and whatever is empty are not.
    private static func isTruthy(_ token: JSONToken, in members: JSONMembers) -> Bool {
        switch token.kind {
        case .null: false
        case .boolean: members.boolean(token) ?? false
        case .integer, .fraction: members.double(token) != 0
        case .string: !token.content.isEmpty
        // Only space and the brackets themselves: then there is nothing inside.
        case .array, .object: members.raw(token).dropFirst().dropLast().contains { $0 > 0x20 }
        }
    }
}

/// The members that mean something here.
private struct HeartReadingFields {
    private(set) var user, rate, finger: JSONToken?
    private(set) var timestamp, signalStrength, infrared, red: JSONToken?
    private(set) var sensorType, deviceID: JSONToken?

    init(_ members: JSONMembers) {
        for member in members.members {
            let key = member.key
            if members.isText(key, "user") {
                user = member.value
            } else if members.isText(key, "bpm") {
                rate = member.value
            } else if members.isText(key, "timestamp") {
                timestamp = member.value
            } else if members.isText(key, "signal_strength") {
                signalStrength = member.value
            } else if members.isText(key, "ir_value") {
                infrared = member.value
            } else if members.isText(key, "red_value") {
                red = member.value
            } else if members.isText(key, "finger_detected") {
                finger = member.value
            } else if members.isText(key, "sensor_type") {
                sensorType = member.value
            } else if members.isText(key, "device_id") {
                deviceID = member.value
            }
        }
    }
}

extension HeartUser {
    fileprivate init(_ token: JSONToken, in members: JSONMembers) throws(HeartRefusal) {
        switch token.kind {
        case .null: self = .null
        case .boolean: self.init(members.boolean(token) ?? false)
        case .integer, .fraction:
            if let integer = members.integer(token) {
                self = .number(integer)
            } else {
                self.init(members.double(token) ?? 0)
            }
        case .string:
            let text = members.string(token) ?? ""
            guard text.utf8.count <= HeartReading.longestUser else { throw HeartRefusal(.userTooLong) }
            self = .text(text)
        case .array, .object: throw HeartRefusal(.wrongTypeOfUser)
        }
    }
}

extension HeartNumber {
    fileprivate init?(_ token: JSONToken, in members: JSONMembers) {
        if let integer = members.integer(token) {
            self = .integer(integer)
        } else if let number = members.double(token) {
            self = .number(number)
        } else {
            return nil
        }
    }

    /// A rate may also be true or false, which count as 1 and 0.
    fileprivate init(rate token: JSONToken, in members: JSONMembers) throws(HeartRefusal) {
        if let number = Self(token, in: members) {
            self = number
        } else if let boolean = members.boolean(token) {
            self = .integer(boolean ? 1 : 0)
        } else {
            throw HeartRefusal(.wrongTypeOfRate)
        }
    }
}
