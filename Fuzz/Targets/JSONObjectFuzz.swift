import JSON

/// The reader that builds no tree accepts what the tree reader accepts, refuses what it refuses at the same place, and
/// means the same by it.
enum JSONObjectFuzz {
    private static let limits = JSONLimits.datagram

    static func run(_ input: ArraySlice<UInt8>) throws {
        let tree = Result { () throws(JSONError) in try JSONValue(parsing: input, limits: limits) }
        let members = Result { () throws(JSONError) in try JSONMembers(parsing: input, limits: limits) }
        switch (tree, members) {
        case (.failure(let treeError), .failure(let error)):
            try require(treeError == error, "\(treeError), but \(error)")
        case (.success(let value), .failure(let error)):
            try require(error.reason == .notAnObject && value.objectValue == nil, "\(error) in \(value)")
        case (.failure(let error), .success):
            throw InvariantViolation("the members are accepted, but: \(error)")
        case (.success(let value), .success(let members)):
            guard let object = value.objectValue else { throw InvariantViolation("members of no object: \(value)") }
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
