/// A document as a tree, for infrequent input: client commands, request bodies, files. Use `JSONObjectScanner` for
/// frequent input.
package enum JSONValue: Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number with a fraction or an exponent, or an integer beyond 64 bits.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)

    package init(parsing bytes: ArraySlice<UInt8>, limits: JSONLimits = .standard) throws(JSONError) {
        self = try JSONTreeReader.read(bytes, limits: limits)
    }

    package init(parsing bytes: [UInt8], limits: JSONLimits = .standard) throws(JSONError) {
        try self.init(parsing: bytes[...], limits: limits)
    }
}

extension JSONValue {
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    package var booleanValue: Bool? {
        if case .boolean(let value) = self { value } else { nil }
    }

    /// An integer, or a number with an integral value (`72.0`).
    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// Any number.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    package var arrayValue: [JSONValue]? {
        if case .array(let value) = self { value } else { nil }
    }

    package var objectValue: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// A member of an object; nil if it is missing or if this is not an object.
    package subscript(key: String) -> JSONValue? {
        objectValue?[key]
    }

    /// An element of an array; nil if the index is out of range or if this is not an array.
    package subscript(index: Int) -> JSONValue? {
        guard let elements = arrayValue, elements.indices.contains(index) else { return nil }
        return elements[index]
    }
}

/// Compares strings by their bytes: unlike Swift strings, JSON ignores canonical equivalence.
extension JSONValue: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.boolean(let left), .boolean(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

extension JSONValue: CustomStringConvertible {
    package var description: String {
        var writer = JSONWriter()
        writer.value(self)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

/// The members of an object in document order. A repeated key keeps its first position and its last value, as in a
/// Python dictionary.
package struct JSONObject: Sendable {
    package typealias Member = (key: String, value: JSONValue)

    package private(set) var members: [Member] = []
    /// Index by key, used above `searchLimit` members.
    private var places: [ExactKey: Int] = [:]
    private static let searchLimit = 16

    package init() {}

    package var count: Int { members.count }
    package var isEmpty: Bool { members.isEmpty }

    package subscript(key: String) -> JSONValue? {
        place(of: key).map { members[$0].value }
    }

    package mutating func set(_ key: String, to value: JSONValue) {
        if let place = place(of: key) {
            members[place].value = value
            return
        }
        members.append((key, value))
        if members.count > Self.searchLimit {
            if places.isEmpty {
                for (place, member) in members.enumerated() { places[ExactKey(member.key)] = place }
            } else {
                places[ExactKey(key)] = members.count - 1
            }
        }
    }

    private func place(of key: String) -> Int? {
        if places.isEmpty { return members.firstIndex { $0.key.utf8.elementsEqual(key.utf8) } }
        return places[ExactKey(key)]
    }
}

extension JSONObject: Equatable {
    package static func == (left: Self, right: Self) -> Bool {
        left.members.elementsEqual(right.members) {
            $0.key.utf8.elementsEqual($1.key.utf8) && $0.value == $1.value
        }
    }
}

/// A key compared by its bytes: JSON distinguishes canonically equivalent strings.
private struct ExactKey: Hashable {
    private let text: String

    init(_ text: String) {
        self.text = text
    }

    static func == (left: Self, right: Self) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }

    func hash(into hasher: inout Hasher) {
        for byte in text.utf8 { hasher.combine(byte) }
    }
}

/// Builds the tree of a document.
struct JSONTreeReader {
    private let bytes: ArraySlice<UInt8>
    private var cursor: JSONCursor

    static func read(_ bytes: ArraySlice<UInt8>, limits: JSONLimits) throws(JSONError) -> JSONValue {
        try bytes.withJSONBytes { lent throws(JSONError) in
            let cursor = JSONCursor(lent, base: bytes.startIndex, limits: limits)
            var reader = JSONTreeReader(bytes: bytes, cursor: cursor)
            try reader.cursor.start()
            let value = try reader.readValue(depth: 0)
            try reader.cursor.finish()
            return value
        }
    }

    private mutating func readValue(depth: Int) throws(JSONError) -> JSONValue {
        switch cursor.current {
        case UInt8(ascii: "{"): .object(try readObject(depth: depth))
        case UInt8(ascii: "["): .array(try readArray(depth: depth))
        default: scalar(try cursor.readValue(depth: depth))
        }
    }

    private mutating func readObject(depth: Int) throws(JSONError) -> JSONObject {
        var object = JSONObject()
        guard try cursor.enter(depth: depth, closing: UInt8(ascii: "}")) else { return object }
        repeat {
            let key = text(try cursor.readKey())
            object.set(key, to: try readValue(depth: depth + 1))
        } while try cursor.advanceToNext(closing: UInt8(ascii: "}"))
        return object
    }

    private mutating func readArray(depth: Int) throws(JSONError) -> [JSONValue] {
        var elements: [JSONValue] = []
        guard try cursor.enter(depth: depth, closing: UInt8(ascii: "]")) else { return elements }
        repeat {
            elements.append(try readValue(depth: depth + 1))
        } while try cursor.advanceToNext(closing: UInt8(ascii: "]"))
        return elements
    }

    private func scalar(_ token: JSONToken) -> JSONValue {
        switch token.kind {
        case .boolean: .boolean(token.boolean(in: bytes) ?? false)
        case .integer: token.integer(in: bytes).map(JSONValue.integer) ?? .number(token.double(in: bytes) ?? 0)
        case .fraction: .number(token.double(in: bytes) ?? 0)
        case .string: .string(text(token))
        case .null, .array, .object: .null
        }
    }

    private func text(_ token: JSONToken) -> String {
        JSONText.decode(bytes[token.content], isEscaped: token.isEscaped)
    }
}
