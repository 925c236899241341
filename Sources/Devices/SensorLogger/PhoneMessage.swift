import Clocks
import JSON

/// A message of the Sensor Logger app, which it sends by HTTP and by MQTT: what a phone's sensors have said since the
/// message before.
package struct PhoneMessage: Hashable, Sendable {
    /// Counts the messages of a recording. They can arrive out of order.
    package let messageID: Int64?
    package let sessionID: String?
    package let deviceID: String?
    /// Only when the recording is part of a study.
    package let userID: String?
    /// In the order in which they came.
    package let readings: [PhoneReading]
    /// Readings that were refused. They cost the others nothing.
    package let rejectedReadings: [PhoneMessageError]

    /// A message of ten seconds with every sensor of a fast phone has a few megabytes.
    package static let limits = JSONLimits(
        depth: 16, bytes: 8 << 20, stringBytes: 4 << 20, members: 1 << 20, numberBytes: 64)
    /// In bytes; a longer one is as good as none.
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
        var refusals: [PhoneMessageError] = []
        readings.reserveCapacity(elements.count)
        for (index, element) in elements.enumerated() {
            do throws(PhoneMessageError) {
                readings.append(try PhoneReading(element, at: index))
            } catch {
                refusals.append(error)
            }
        }
        self.readings = readings
        self.rejectedReadings = refusals
        messageID = message["messageId"]?.integerValue
        sessionID = Self.name(message["sessionId"])
        deviceID = Self.name(message["deviceId"])
        userID = Self.name(message["userId"])
    }

    private static func name(_ value: JSONValue?) -> String? {
        guard let name = value?.stringValue, name.utf8.count <= longestName else { return nil }
        return name
    }

    /// Some senders begin with a byte order mark.
    private static func withoutByteOrderMark(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes
    }
}

extension PhoneReading {
    fileprivate init(_ element: JSONValue, at index: Int) throws(PhoneMessageError) {
        guard let reading = element.objectValue else { throw PhoneMessageError(.notAReading, reading: index) }
        guard let name = reading["name"]?.stringValue else { throw PhoneMessageError(.missingName, reading: index) }
        guard let sensor = PhoneSensor(name: name) else { throw PhoneMessageError(.unknownSensor, reading: index) }
        let time = try Self.time(reading["time"], at: index)
        guard let fields = reading["values"]?.objectValue else {
            throw PhoneMessageError(.missingValues, reading: index)
        }
        let values = sensor.fields.map { fields[$0].flatMap(Value.init) }
        guard values.contains(where: { $0 != nil }) else { throw PhoneMessageError(.noUsableValue, reading: index) }
        let accuracy = reading["accuracy"]?.integerValue.flatMap { Int(exactly: $0) }
        self.init(sensor: sensor, time: time, accuracy: accuracy, values: values)
    }

    private static func time(_ value: JSONValue?, at index: Int) throws(PhoneMessageError) -> WallTime {
        guard let value else { throw PhoneMessageError(.missingTime, reading: index) }
        guard let number = value.doubleValue else { throw PhoneMessageError(.wrongTypeOfTime, reading: index) }
        // Some platforms write the nanoseconds with a fraction, or with an exponent.
        let rounded = number.rounded()
        guard let nanoseconds = value.integerValue ?? Int64(exactly: rounded), nanoseconds >= 0 else {
            throw PhoneMessageError(.timeOutOfRange, reading: index)
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
        case .boolean(let truth): self = .boolean(truth)
        case .null, .array, .object: return nil
        }
    }
}
