import Devices
import Events
import Foundation
import JSON
import Testing

/// One line of firmware-protocols/esp32-heart/vectors.jsonl: an input and the expected result.
struct HeartVector: CustomTestStringConvertible, Sendable {
    let name: String
    let input: [UInt8]
    let expected: JSONValue

    var testDescription: String { name }

    /// The vectors for an input kind, `datagram` or `serial`.
    static func load(_ kind: String) throws -> [Self] {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../../firmware-protocols/esp32-heart/vectors.jsonl").standardizedFileURL
        return try [UInt8](Data(contentsOf: file)).split(separator: UInt8(ascii: "\n")).compactMap { line in
            let vector = try JSONValue(parsing: line)
            let name = try #require(vector["name"]?.stringValue)
            if let text = vector[kind]?.stringValue {
                return Self(name: name, input: Array(text.utf8), expected: vector)
            }
            guard let hex = vector["\(kind)_hex"]?.stringValue else { return nil }
            return Self(name: name, input: try bytes(hex: hex), expected: vector)
        }
    }

    private static func bytes(hex: String) throws -> [UInt8] {
        let digits = try hex.map { try #require($0.hexDigitValue) }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}

extension HeartReading {
    /// The reading as in vectors.jsonl.
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
    /// The item as in vectors.jsonl.
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
