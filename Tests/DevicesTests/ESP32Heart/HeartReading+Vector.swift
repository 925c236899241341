import Devices
import Events
import JSON

extension HeartReading {
    /// The reading as vectors.jsonl writes it.
    var asVector: JSONValue {
        var object = JSONObject()
        object.set("user", to: user.asJSON)
        object.set("bpm", to: beatsPerMinute.asJSON)
        object.set("finger", to: fingerDetected.map { .boolean($0) })
        object.set("timestamp", to: timestamp?.asJSON)
        object.set("signal_strength", to: signalStrength?.asJSON)
        object.set("ir_value", to: infrared?.asJSON)
        object.set("red_value", to: red?.asJSON)
        object.set("sensor_type", to: sensorType.map { .string($0) })
        object.set("device_id", to: deviceID.map { .string($0) })
        object.set("members", to: .array(members.members.map { .string(members.string($0.key) ?? "") }))
        return .object(object)
    }
}

extension HeartSerialItem {
    /// The item as vectors.jsonl writes it.
    var asVector: JSONValue {
        switch self {
        case .reading(let reading): .object(("reading", reading.asVector))
        case .beat(let rate): .object(("beat", .integer(Int64(rate))))
        case .contact(let contact, let infrared):
            .object(("contact", .string(contact.rawValue)), ("ir_value", .integer(Int64(infrared))))
        case .status(.started(let device)): .object(("status", .string("started")), ("device", .string(device)))
        case .status(.sensorFound): .object(("status", .string("sensor_found")))
        case .status(.sensorMissing): .object(("status", .string("sensor_missing")))
        case .status(.networkJoined): .object(("status", .string("network_joined")))
        case .status(.networkLost): .object(("status", .string("network_lost")))
        case .rejected(let refusal): .object(("refused", .string(refusal.name)))
        }
    }
}

extension HeartUser {
    fileprivate var asJSON: JSONValue {
        switch self {
        case .number(let number): .integer(number)
        case .fraction(let number): .number(number)
        case .text(let text): .string(text)
        case .null: .null
        }
    }
}

extension HeartNumber {
    fileprivate var asJSON: JSONValue {
        switch self {
        case .integer(let number): .integer(number)
        case .number(let number): .number(number)
        }
    }
}

extension JSONObject {
    fileprivate mutating func set(_ key: String, to value: JSONValue?) {
        if let value { set(key, to: value) }
    }
}

extension JSONValue {
    fileprivate static func object(_ members: (String, JSONValue)...) -> JSONValue {
        var object = JSONObject()
        for (key, value) in members { object.set(key, to: value) }
        return .object(object)
    }
}
