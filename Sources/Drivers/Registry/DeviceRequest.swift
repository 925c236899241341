import JSON

/// A request to change a device: `{"name":"Bay 3","target":"T1","adopt":true}`.
package struct DeviceRequest: Hashable, Sendable {
    package enum Change<Value: Hashable & Sendable>: Hashable, Sendable {
        case unchanged
        case remove
        case set(Value)
    }

    package private(set) var name = Change<String>.unchanged
    package private(set) var role: String?
    package private(set) var target = Change<String>.unchanged
    package private(set) var user = Change<Int64>.unchanged
    package private(set) var adopt: Bool?
    package private(set) var forget = false
    /// The operator has seen that the device died.
    package private(set) var seen = false

    /// The limit of names and targets in bytes.
    package static let maximumTextBytes = 64

    /// Parses strictly, so that a typing error is reported and not silently ignored.
    package init(_ body: [UInt8]) throws(DeviceRequestError) {
        let value: JSONValue
        do {
            value = try JSONValue(
                parsing: body,
                limits: JSONLimits(depth: 2, bytes: 16 << 10, stringBytes: 1 << 10, members: 16, numberBytes: 20))
        } catch {
            throw .notJSON(error)
        }
        guard let members = value.objectValue?.members else { throw .notObject }
        guard !members.isEmpty else { throw .empty }
        for (key, value) in members { try parse(key, value) }
        if forget, members.count > 1 { throw .forgetAlone }
    }

    private mutating func parse(_ key: String, _ value: JSONValue) throws(DeviceRequestError) {
        switch key {
        case "name": name = try Self.text(key, value)
        case "target": target = try Self.text(key, value)
        case "role":
            guard let text = value.stringValue, text.utf8.count <= Self.maximumTextBytes else {
                throw .invalidValue(key, "a text such as sensor")
            }
            role = text
        case "user":
            if !value.isNull, value.integerValue == nil { throw .invalidValue(key, "a whole number, or null") }
            user = value.integerValue.map(Change.set) ?? .remove
        case "adopt":
            guard let flag = value.booleanValue else { throw .invalidValue(key, "true or false") }
            adopt = flag
        case "forget":
            guard value.booleanValue == true else { throw .invalidValue(key, "true") }
            forget = true
        case "seen":
            guard value.booleanValue == true else { throw .invalidValue(key, "true") }
            seen = true
        default: throw .unknown(key: key)
        }
    }

    private static func text(_ key: String, _ value: JSONValue) throws(DeviceRequestError) -> Change<String> {
        if value.isNull { return .remove }
        guard let text = value.stringValue, text.utf8.count <= maximumTextBytes,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw .invalidValue(key, "a text of at most \(maximumTextBytes) bytes without control characters, or null")
        }
        return text.isEmpty ? .remove : .set(text)
    }
}

package enum DeviceRequestError: Error, Hashable, Sendable {
    case notJSON(JSONError)
    case notObject
    case empty
    case unknown(key: String)
    case invalidValue(_ key: String, _ expected: String)
    case forgetAlone
    case unknownDevice
    /// The device does not support the change, for this reason.
    case unsupported(String)

    package var text: String {
        switch self {
        case .notJSON(let error): "the body is not JSON: \(error)"
        case .notObject: "the body must be an object"
        case .empty: "the object is empty: send name, role, target, user, adopt, seen or forget"
        case .unknown(let key):
            "unknown key \(key.prefix(40)): send name, role, target, user, adopt, seen or forget"
        case .invalidValue(let key, let expected): "\(key) must be \(expected)"
        case .forgetAlone: "forget cannot be combined with other keys"
        case .unknownDevice: "no device has this id"
        case .unsupported(let reason): reason
        }
    }
}
