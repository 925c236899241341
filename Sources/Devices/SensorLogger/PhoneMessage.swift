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
    /// Rejected readings; the others are unaffected.
    package let rejectedReadings: [PhoneMessageError]

    /// Ten seconds of all sensors of a fast phone take a few megabytes.
    package static let limits = JSONLimits(
        depth: 16, bytes: 8 << 20, stringBytes: 4 << 20, members: 1 << 20, numberBytes: 64)
    /// In bytes; longer ones are ignored.
    package static let longestName = 256

    package init(parsing bytes: ArraySlice<UInt8>) throws(PhoneMessageError) {
        let document: JSONValue
        do throws(JSONError) {
            document = try JSONValue(parsing: Self.withoutByteOrderMark(bytes), limits: Self.limits)
        } catch {
            throw PhoneMessageError(error)
        }
        guard let message = document.objectValue else { throw PhoneMessageError(.notAnObject) }
        guard let payload = message["payload"] else { throw PhoneMessageError(.missingPayload) }
        guard let elements = payload.arrayValue else { throw PhoneMessageError(.wrongTypeOfPayload) }
        var readings: [PhoneReading] = []
        var rejectedReadings: [PhoneMessageError] = []
        readings.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(PhoneMessageError) {
                readings.append(try PhoneReading(element, at: index))
            } catch {
                rejectedReadings.append(error)
            }
        }
        self.readings = readings
        self.rejectedReadings = rejectedReadings
        messageID = message["messageId"]?.integerValue
        sessionID = Self.name(message["sessionId"])
        deviceID = Self.name(message["deviceId"])
        userID = Self.name(message["userId"])
    }

    private static func name(_ value: JSONValue?) -> String? {
        guard let name = value?.stringValue, name.utf8.count <= longestName else { return nil }
        return name
    }

    /// Some senders prepend a byte order mark.
    private static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}

extension PhoneReading {
    fileprivate init(_ element: JSONValue, at index: Int) throws(PhoneMessageError) {
        guard let reading = element.objectValue else { throw PhoneMessageError(.notAReading, element: index) }
        guard let name = reading["name"]?.stringValue else { throw PhoneMessageError(.missingName, element: index) }
        guard let sensor = PhoneSensor(name: name) else { throw PhoneMessageError(.unknownSensor, element: index) }
        let time = try Self.time(reading["time"], at: index)
        guard let fields = reading["values"]?.objectValue else {
            throw PhoneMessageError(.missingValues, element: index)
        }
        let values = sensor.fields.map { fields[$0].flatMap(Value.init) }
        guard values.contains(where: { $0 != nil }) else { throw PhoneMessageError(.noUsableValue, element: index) }
        let accuracy = reading["accuracy"]?.integerValue.flatMap { Int(exactly: $0) }
        self.init(sensor: sensor, time: time, accuracy: accuracy, values: values)
    }

    private static func time(_ value: JSONValue?, at index: Int) throws(PhoneMessageError) -> WallTime {
        guard let value else { throw PhoneMessageError(.missingTime, element: index) }
        guard let number = value.doubleValue else { throw PhoneMessageError(.wrongTypeOfTime, element: index) }
        // Some platforms send nanoseconds with a fraction or an exponent.
        let rounded = number.rounded()
        guard let nanoseconds = value.integerValue ?? Int64(exactly: rounded), nanoseconds >= 0 else {
            throw PhoneMessageError(.timeOutOfRange, element: index)
        }
        return WallTime(nanoseconds: nanoseconds)
    }
}

extension PhoneReading.Value {
    fileprivate init?(_ value: JSONValue) {
        switch value {
        case .integer(let integer): self = .number(Double(integer))
        case .number(let number): self = .number(number)
        case .string(let text): self = .text(text)
        case .boolean(let boolean): self = .boolean(boolean)
        case .null, .array, .object: return nil
        }
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
    /// In the order of the sensor's fields. Nil where missing or unusable.
    package let values: [Value?]

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
            (values[0]?.number, values[1]?.number, values[2]?.number)
        default: nil
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
