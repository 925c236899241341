/// Builds the tree of a document.
struct JSONTreeReader {
    private let bytes: ArraySlice<UInt8>
    private var cursor: JSONCursor

    /// Reads a whole document.
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
