import Events
import JSON

/// One JSON object, as the board sends it in a datagram and prints it behind `Sent: ` on its serial port.
extension HeartReading {
    /// A board sends 140 bytes; this leaves room for whoever adds members of their own.
    package static let limits = JSONLimits(
        depth: 16, bytes: 16_384, stringBytes: 8_192, members: 256, numberBytes: 64)
    /// In bytes, as UTF-8.
    package static let longestUser = 256

    /// Reads an object that lies in a buffer which the next one will use.
    package init(datagram: ArraySlice<UInt8>) throws(HeartReadingError) {
        // `Array(datagram)` would share that buffer, as large as it is, and leave its owner to make a new one.
        var bytes: [UInt8] = []
        bytes.reserveCapacity(datagram.count)
        bytes += datagram
        try self.init(datagram: bytes)
    }

    /// Reads one datagram. Space around the object is allowed; the datagram is accepted whole or not at all.
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

    /// As Python judges values: null, false, 0 and whatever is empty are not.
    private static func isTruthy(_ token: JSONToken, in bytes: ArraySlice<UInt8>) -> Bool {
        switch token.kind {
        case .null: false
        case .boolean: token.boolean(in: bytes) ?? false
        case .integer, .fraction: token.double(in: bytes) != 0
        case .string: !token.content.isEmpty
        // Only space and the brackets themselves: then there is nothing inside.
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
