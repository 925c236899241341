import JSON

/// A document survives being written in any style and read again.
enum JSONTreeFuzz {
    /// Escapes can make text six times as long.
    static let generousLimits = JSONLimits(
        depth: JSONLimits.maximumDepth, bytes: 1 << 30, stringBytes: 1 << 30, members: 1 << 30, numberBytes: 1 << 30)

    static func run(_ input: ArraySlice<UInt8>) throws {
        let value: JSONValue
        do throws(JSONError) {
            value = try JSONValue(parsing: input)
        } catch {
            return try checkPosition(error, in: input)
        }
        for style in [JSONStyle.compact, .compactASCII, .spaced] {
            var writer = JSONWriter(style)
            writer.value(value)
            try require(
                try JSONValue(parsing: writer.bytes, limits: generousLimits) == value, "parsed differently: \(value)")
            let isASCII = writer.bytes.allSatisfy { $0 < 0x7F }
            try require(isASCII || !style.isASCII, "not ASCII: \(value)")
        }
    }

    /// An error points into the document or just past its end.
    static func checkPosition(_ error: JSONError, in input: ArraySlice<UInt8>) throws {
        try require(error.offset >= 0 && error.offset <= input.count, "\(error) in \(input.count) bytes")
        let before = input.prefix(error.offset)
        let lines = before.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        try require(error.line == max(lines.count, 1), "\(error): the line is \(lines.count)")
        let column = lines.last.map { String(decoding: $0, as: UTF8.self).unicodeScalars.count + 1 } ?? 1
        try require(error.column == column, "\(error): the column is \(column)")
    }
}

/// `JSONMembers` accepts and rejects the same documents as `JSONValue`, at the same positions, with the same values.
enum JSONObjectFuzz {
    private static let limits = JSONLimits.datagram

    static func run(_ input: ArraySlice<UInt8>) throws {
        let tree = Result { () throws(JSONError) in try JSONValue(parsing: input, limits: limits) }
        let members = Result { () throws(JSONError) in try JSONMembers(parsing: input, limits: limits) }
        switch (tree, members) {
        case (.failure(let treeError), .failure(let error)):
            try require(treeError == error, "\(treeError), members: \(error)")
        case (.success(let value), .failure(let error)):
            try require(error.reason == .notAnObject && value.objectValue == nil, "\(error) in \(value)")
        case (.failure(let error), .success):
            throw InvariantViolation("the members were accepted, the tree was not: \(error)")
        case (.success(let value), .success(let members)):
            guard let object = value.objectValue else {
                throw InvariantViolation("members of something other than an object: \(value)")
            }
            try check(members, against: object)
        }
    }

    private static func check(_ members: JSONMembers, against object: JSONObject) throws {
        try require(members.members.count == object.count, "\(members.members.count) members of \(object.count)")
        for (member, expected) in zip(members.members, object.members) {
            let key = members.string(member.key) ?? ""
            try require(key.utf8.elementsEqual(expected.key.utf8), "key \(key), not \(expected.key)")
            try require(isSame(member.value, in: members, as: expected.value), "\(key) is not \(expected.value)")
        }
        for style in [JSONStyle.compact, .spaced] {
            var writer = JSONWriter(style)
            writer.beginObject()
            for member in members.members { writer.copy(member, of: members) }
            writer.endObject()
            let copy = try JSONValue(parsing: writer.bytes, limits: JSONTreeFuzz.generousLimits)
            try require(copy == .object(object), "copied differently: \(copy)")
        }
    }

    private static func isSame(_ token: JSONToken, in members: JSONMembers, as value: JSONValue) throws -> Bool {
        switch value {
        case .null: token.kind == .null
        case .boolean(let truth): members.boolean(token) == truth
        case .integer(let number): members.integer(token) == number && members.double(token) == Double(number)
        case .number(let number): members.integer(token) == nil && members.double(token) == number
        case .string(let text): members.string(token).map { $0.utf8.elementsEqual(text.utf8) } ?? false
        case .array, .object: try JSONValue(parsing: members.raw(token), limits: limits) == value
        }
    }
}
