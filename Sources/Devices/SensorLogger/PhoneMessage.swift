import Clocks
import JSON

/// A message of the Sensor Logger app, sent by HTTP or MQTT: sensor readings since the previous message.
package struct PhoneMessage: Hashable, Sendable {
    /// The number of the message within a recording. Messages may arrive out of order.
    package let messageID: Int64?
    package let sessionID: String?
    package let deviceID: String?
    /// Set only for recordings that are part of a study.
    package let userID: String?
    /// In the order received.
    package let readings: [PhoneReading]
    /// The last reading of the battery.
    package let battery: PhoneReading?
    /// Rejected readings; the others are unaffected.
    package let rejectedReadings: [PhoneMessageError]

    /// Ten seconds of all sensors of a fast phone take a few megabytes.
    package static let limits = JSONLimits(
        depth: 16, bytes: 8 << 20, stringBytes: 4 << 20, members: 1 << 20, numberBytes: 64)
    /// In bytes; longer ones are ignored.
    package static let longestName = 256

    package init(parsing bytes: ArraySlice<UInt8>) throws(PhoneMessageError) {
        var patterns = PhoneReadingPatterns()
        try self.init(parsing: bytes, &patterns)
    }

    /// - Parameter patterns: of earlier messages. They save time and do not change the result.
    package init(
        parsing bytes: ArraySlice<UInt8>, _ patterns: inout PhoneReadingPatterns
    ) throws(PhoneMessageError) {
        patterns.beginMessage()
        var parser = PhoneMessageParser(patterns)
        // Held by the parser alone, so that they are not copied when one is added.
        patterns = PhoneReadingPatterns()
        defer { patterns = parser.patterns }
        do throws(JSONError) {
            try parser.parse(Self.withoutByteOrderMark(bytes), limits: Self.limits)
        } catch {
            throw PhoneMessageError(error)
        }
        switch parser.payload {
        case .readings: break
        case .missing: throw PhoneMessageError(parser.isObject ? .missingPayload : .notAnObject)
        case .wrongType: throw PhoneMessageError(.wrongTypeOfPayload)
        }
        readings = parser.readings
        battery = parser.battery
        rejectedReadings = parser.rejectedReadings
        messageID = parser.messageID
        sessionID = Self.name(parser.sessionID)
        deviceID = Self.name(parser.deviceID)
        userID = Self.name(parser.userID)
    }

    private static func name(_ name: String?) -> String? {
        name.flatMap { $0.utf8.count <= longestName ? $0 : nil }
    }

    /// Some senders prepend a byte order mark.
    private static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}

/// A reading of a phone sensor.
package struct PhoneReading: Hashable, Sendable {
    package enum Value: Hashable, Sendable {
        /// Always finite.
        case number(Double)
        case text(String)
        case boolean(Bool)

        package var number: Double? {
            if case .number(let number) = self { number } else { nil }
        }
    }

    package let sensor: PhoneSensor
    /// By the phone's clock.
    package let time: WallTime
    /// 0...3, sent by Android.
    package let accuracy: Int?
    let content: Values

    /// In the order of the sensor's fields. Nil where missing or unusable.
    package var values: [Value?] { content.all }

    /// A field by the app's name for it.
    package subscript(field: String) -> Value? {
        sensor.fields.firstIndex(of: field).flatMap { values[$0] }
    }

    /// Acceleration, rotation or field strength per axis, of the phone or a worn device; nil for other sensors. A
    /// missing axis is nil.
    package var axes: (x: Double?, y: Double?, z: Double?)? {
        switch sensor {
        case .accelerometer, .accelerometerUncalibrated, .totalAcceleration, .gravity, .gyroscope,
            .gyroscopeUncalibrated, .magnetometer, .magnetometerUncalibrated, .watchMagnetometer, .wristMotion,
            .headphone:
            // The first fields in the sensor's table.
            content.axes
        default: nil
        }
    }

    /// The values of the sensor's fields. Nearly all readings have three numbers, which need no memory of their own.
    struct Values: Hashable, Sendable {
        /// Of the first three fields; 0 where `present` has no bit.
        private var x = 0.0
        private var y = 0.0
        private var z = 0.0
        /// Replaces the three for sensors with other fields, and if one of the three is not a number.
        private var others: [Value?]?
        private var present: UInt8 = 0

        init(x: Double, y: Double, z: Double) {
            (self.x, self.y, self.z, present) = (x, y, z, 0b111)
        }

        init(of sensor: PhoneSensor) {
            if !sensor.hasAxes { others = Array(repeating: nil, count: sensor.fields.count) }
        }

        var all: [Value?] { others ?? (0..<3).map { number($0).map(Value.number) } }

        /// The first three fields.
        var axes: (x: Double?, y: Double?, z: Double?) {
            if let others {
                (others[0]?.number, others[1]?.number, others[2]?.number)
            } else {
                (number(0), number(1), number(2))
            }
        }

        var isEmpty: Bool { others.map { $0.allSatisfy { $0 == nil } } ?? (present == 0) }

        subscript(field: Int) -> Value? {
            get { all[field] }
            set {
                let number = newValue?.number
                if others == nil, newValue == nil || number != nil {
                    set(field, number)
                } else {
                    var values = others.take() ?? all
                    values[field] = newValue
                    others = values
                }
            }
        }

        private func number(_ field: Int) -> Double? {
            guard present & 1 << UInt8(field) != 0 else { return nil }
            return field == 0 ? x : field == 1 ? y : z
        }

        private mutating func set(_ field: Int, _ number: Double?) {
            switch field {
            case 0: x = number ?? 0
            case 1: y = number ?? 0
            default: z = number ?? 0
            }
            if number == nil { present &= ~(1 << UInt8(field)) } else { present |= 1 << UInt8(field) }
        }
    }
}

package typealias PhoneMessageError = DeviceJSONError<PhoneMessageReject>

/// Why a message of the app, or one reading in it, was rejected.
package enum PhoneMessageReject: String, DeviceJSONReason {
    // The message.
    case empty
    case notJSON = "not_json"
    case notAnObject = "not_an_object"
    case badEncoding = "bad_encoding"
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
    /// None of the sensor's fields has a usable value.
    case noUsableValue = "no_usable_value"

    package static let messageName = "message"
    package static let elementName = "reading"

    package var sentence: String {
        switch self {
        case .missingPayload: "\"payload\" missing"
        case .wrongTypeOfPayload: "\"payload\" must be an array"
        case .notAnObject, .notAReading: "not an object"
        case .missingName: "\"name\" missing"
        case .unknownSensor: "unknown sensor name"
        case .missingTime: "\"time\" missing"
        case .wrongTypeOfTime: "\"time\" must be a number"
        case .timeOutOfRange: "\"time\" must be nanoseconds since 1970"
        case .missingValues: "\"values\" missing or not an object"
        case .noUsableValue: "no usable value in any of the sensor's fields"
        case .empty, .notJSON, .badEncoding, .notFinite, .tooLarge: rawValue
        }
    }
}
