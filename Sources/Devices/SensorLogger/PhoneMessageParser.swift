import Clocks
import JSON

/// Reads a message in one pass: ten phones with fast sensors send seventeen thousand readings a second. Of a repeated member
/// the last one counts.
struct PhoneMessageParser {
    enum Payload {
        case missing
        case wrongType
        case readings
    }

    private(set) var isObject = false
    private(set) var payload = Payload.missing
    private(set) var readings: [PhoneReading] = []
    private(set) var battery: PhoneReading?
    private(set) var rejectedReadings: [PhoneMessageError] = []
    private(set) var messageID: Int64?
    private(set) var sessionID: String?
    private(set) var deviceID: String?
    private(set) var userID: String?
    /// The names in this message so far: most readings have one of a few.
    private var sensors: [(name: Range<Int>, sensor: PhoneSensor?)] = []
    private static let maximumSensors = 8
    /// A second of two sensors; an array that grows is copied several times.
    private static let expectedReadings = 200
    /// Of this message and of earlier ones.
    var patterns: PhoneReadingPatterns

    init(_ patterns: PhoneReadingPatterns) {
        self.patterns = patterns
    }

    mutating func parse(_ bytes: ArraySlice<UInt8>, limits: JSONLimits) throws(JSONError) {
        try JSONReader.read(bytes, limits: limits) { reader throws(JSONError) in
            isObject = try reader.object { reader, key throws(JSONError) in try readMember(key, &reader) }
        }
    }

    private mutating func readMember(_ key: JSONToken, _ reader: inout JSONReader) throws(JSONError) {
        if reader.isText(key, "payload") {
            readings = []
            battery = nil
            rejectedReadings = []
            readings.reserveCapacity(Self.expectedReadings)
            var index = 0
            let isArray = try reader.array { reader throws(JSONError) in
                try readReading(index, &reader)
                index += 1
            }
            payload = isArray ? .readings : .wrongType
        } else if reader.isText(key, "messageId") {
            messageID = reader.wholeNumber(try reader.value())
        } else if reader.isText(key, "sessionId") {
            sessionID = reader.string(try reader.value())
        } else if reader.isText(key, "deviceId") {
            deviceID = reader.string(try reader.value())
        } else if reader.isText(key, "userId") {
            userID = reader.string(try reader.value())
        }
    }

    // MARK: Readings

    /// The members of one reading.
    private struct Members {
        var name: JSONToken?
        var time: JSONToken?
        var accuracy: Int64?
        /// Of the object in `values`; nil if there is none.
        var values: Range<Int>?
        /// Already read, for the sensor that was named before them.
        var read: (sensor: PhoneSensor, values: PhoneReading.Values, axes: AxisPlaces)?
    }

    /// Where the numbers of the axes stand; nil where there is none.
    struct AxisPlaces {
        var x: Range<Int>?
        var y: Range<Int>?
        var z: Range<Int>?
    }

    private mutating func readReading(_ index: Int, _ reader: inout JSONReader) throws(JSONError) {
        if let reading = patterns.readReading(&reader) { return readings.append(reading) }
        let start = reader.mark
        var members = Members()
        var sensor: PhoneSensor?
        let isObject = try reader.object { reader, key throws(JSONError) in
            if reader.isText(key, "name") {
                let name = try reader.value()
                members.name = name.kind == .string ? name : nil
                sensor = members.name.flatMap { self.sensor(named: $0, reader) }
            } else if reader.isText(key, "time") {
                members.time = try reader.value()
            } else if reader.isText(key, "values") {
                let start = reader.position
                members.read = nil
                var isObject = true
                if let sensor {
                    let read = try Self.readValues(of: sensor, &reader)
                    isObject = read != nil
                    members.read = read.map { (sensor, $0.values, $0.axes) }
                } else {
                    isObject = try reader.value().kind == .object
                }
                members.values = isObject ? start..<reader.position : nil
            } else if reader.isText(key, "accuracy") {
                members.accuracy = reader.wholeNumber(try reader.value())
            }
        }
        do throws(PhoneMessageError) {
            guard isObject else { throw PhoneMessageError(.notAReading, element: index) }
            let reading = try reading(members, sensor, index, reader)
            readings.append(reading)
            if case .battery = reading.sensor { battery = reading }
            if let time = members.time, let read = members.read {
                patterns.add(reading, time: time.range, axes: read.axes, since: start, in: reader)
            }
        } catch {
            rejectedReadings.append(error)
        }
    }

    private func reading(
        _ members: Members, _ sensor: PhoneSensor?, _ index: Int, _ reader: JSONReader
    ) throws(PhoneMessageError) -> PhoneReading {
        guard members.name != nil else { throw PhoneMessageError(.missingName, element: index) }
        guard let sensor else { throw PhoneMessageError(.unknownSensor, element: index) }
        let time = try Self.time(members.time, index, reader)
        guard let range = members.values else { throw PhoneMessageError(.missingValues, element: index) }
        let values: PhoneReading.Values
        if let read = members.read, read.sensor == sensor {
            values = read.values
        } else {
            // The sensor was named after its values. They were validated when they were skipped.
            let later = try? reader.reread(range) { reader throws(JSONError) in
                try Self.readValues(of: sensor, &reader)
            }
            values = later?.values ?? PhoneReading.Values(of: sensor)
        }
        guard !values.isEmpty else { throw PhoneMessageError(.noUsableValue, element: index) }
        return PhoneReading(
            sensor: sensor, time: time, accuracy: members.accuracy.flatMap { Int(exactly: $0) }, content: values)
    }

    private static func time(
        _ token: JSONToken?, _ index: Int, _ reader: JSONReader
    ) throws(PhoneMessageError) -> WallTime {
        guard let token else { throw PhoneMessageError(.missingTime, element: index) }
        guard token.isNumber else { throw PhoneMessageError(.wrongTypeOfTime, element: index) }
        // Some platforms send nanoseconds with a fraction or an exponent.
        guard let nanoseconds = reader.integer(token) ?? reader.double(token).flatMap({ Int64(exactly: $0.rounded()) }),
            nanoseconds >= 0
        else { throw PhoneMessageError(.timeOutOfRange, element: index) }
        return WallTime(nanoseconds: nanoseconds)
    }

    /// Nil if the value is no object.
    private static func readValues(
        of sensor: PhoneSensor, _ reader: inout JSONReader
    ) throws(JSONError) -> (values: PhoneReading.Values, axes: AxisPlaces)? {
        var values = PhoneReading.Values(of: sensor)
        var axes = AxisPlaces()
        let hasAxes = sensor.hasAxes
        let isObject = try reader.object { reader, key throws(JSONError) in
            let field: Int?
            if hasAxes {
                field = reader.axis(key)
            } else {
                let name = reader.string(key)
                field = sensor.fields.firstIndex { $0.utf8.elementsEqual((name ?? "").utf8) }
            }
            guard let field else { return }
            let start = reader.position
            let value = try reader.phoneValue()
            values[field] = value
            guard hasAxes else { return }
            let place = value?.number == nil ? nil : start..<reader.position
            switch field {
            case 0: axes.x = place
            case 1: axes.y = place
            default: axes.z = place
            }
        }
        return isObject ? (values, axes) : nil
    }

    private mutating func sensor(named token: JSONToken, _ reader: JSONReader) -> PhoneSensor? {
        for known in sensors where reader.isSame(known.name, token.content) { return known.sensor }
        let sensor = reader.string(token).flatMap(PhoneSensor.init(name:))
        if sensors.count < Self.maximumSensors { sensors.append((token.content, sensor)) }
        return sensor
    }
}

extension JSONReader {
    /// An integer, or a number with an integral value (`72.0`).
    fileprivate func wholeNumber(_ token: JSONToken) -> Int64? {
        integer(token) ?? double(token).flatMap { Int64(exactly: $0) }
    }

    /// The index of an axis in the fields of a sensor that has axes.
    fileprivate func axis(_ key: JSONToken) -> Int? {
        if isText(key, "x") { return 0 }
        if isText(key, "y") { return 1 }
        return isText(key, "z") ? 2 : nil
    }

    fileprivate mutating func phoneValue() throws(JSONError) -> PhoneReading.Value? {
        if let number = shortNumber() { return .number(number) }
        let token = try value()
        return switch token.kind {
        case .integer, .fraction: double(token).map(PhoneReading.Value.number)
        case .string: string(token).map(PhoneReading.Value.text)
        case .boolean: boolean(token).map(PhoneReading.Value.boolean)
        case .null, .array, .object: nil
        }
    }
}
