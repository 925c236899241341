import JSON

/// What is asked of a device: `{"name":"Bay 3","target":"T1","adopt":true}`.
package struct DeviceRequest: Hashable, Sendable {
    /// Something is set, taken away, or stays as it is.
    package enum Wish<Value: Hashable & Sendable>: Hashable, Sendable {
        case keep
        case remove
        case set(Value)
    }

    package private(set) var name = Wish<String>.keep
    package private(set) var role: String?
    package private(set) var target = Wish<String>.keep
    package private(set) var user = Wish<Int64>.keep
    package private(set) var adopt: Bool?
    package private(set) var forget = false

    /// In bytes; of names and targets.
    package static let longestText = 64

    /// Reads a body strictly: what is not understood is refused, so that nobody takes a slip of the pen for done.
    package init(_ body: [UInt8]) throws(DeviceRequestRefusal) {
        let value: JSONValue
        do {
            value = try JSONValue(
                parsing: body,
                limits: JSONLimits(depth: 2, bytes: 16 << 10, stringBytes: 1 << 10, members: 16, numberBytes: 20))
        } catch {
            throw .notJSON(error)
        }
        guard let members = value.objectValue?.members else { throw .notObject }
        guard !members.isEmpty else { throw .nothing }
        for (key, value) in members { try take(key, value) }
        if forget, members.count > 1 { throw .forgetAlone }
    }

    private mutating func take(_ key: String, _ value: JSONValue) throws(DeviceRequestRefusal) {
        switch key {
        case "name": name = try Self.text(key, value)
        case "target": target = try Self.text(key, value)
        case "role":
            guard let text = value.stringValue, text.utf8.count <= Self.longestText else {
                throw .wrong(key, "a text such as sensor")
            }
            role = text
        case "user":
            if !value.isNull, value.integerValue == nil { throw .wrong(key, "a whole number, or null") }
            user = value.integerValue.map(Wish.set) ?? .remove
        case "adopt":
            guard let flag = value.booleanValue else { throw .wrong(key, "true or false") }
            adopt = flag
        case "forget":
            guard value.booleanValue == true else { throw .wrong(key, "true") }
            forget = true
        default: throw .unknown(key: key)
        }
    }

    private static func text(_ key: String, _ value: JSONValue) throws(DeviceRequestRefusal) -> Wish<String> {
        if value.isNull { return .remove }
        guard let text = value.stringValue, text.utf8.count <= longestText,
            text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else { throw .wrong(key, "a text of at most \(longestText) bytes without control characters, or null") }
        return text.isEmpty ? .remove : .set(text)
    }
}

/// Why a request about a device is refused.
package enum DeviceRequestRefusal: Error, Hashable, Sendable {
    case notJSON(JSONError)
    case notObject
    case nothing
    case unknown(key: String)
    case wrong(_ key: String, _ expected: String)
    case forgetAlone
    case unknownDevice
    /// This device cannot do that; why, for people.
    case unfit(String)

    /// For people.
    package var text: String {
        switch self {
        case .notJSON(let error): "the body is no JSON: \(error)"
        case .notObject: "the body must be an object"
        case .nothing: "nothing is asked for: send name, role, target, user, adopt or forget"
        case .unknown(let key):
            "\(key.prefix(40)) is not known: send name, role, target, user, adopt or forget"
        case .wrong(let key, let expected): "\(key) must be \(expected)"
        case .forgetAlone: "forget takes nothing beside it"
        case .unknownDevice: "there is no device of this id"
        case .unfit(let reason): reason
        }
    }
}
