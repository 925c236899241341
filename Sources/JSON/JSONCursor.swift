/// Walks over a document, token by token, and refuses whatever RFC 8259 does not allow. Both readers, the one that
/// builds a tree and the one that does not, stand on it, so they agree on what is JSON.
struct JSONCursor {
    let bytes: ArraySlice<UInt8>
    let limits: JSONLimits
    private(set) var position: Int
    private let end: Int
    private var membersLeft: Int

    init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        position = bytes.startIndex
        end = bytes.endIndex
        membersLeft = limits.members
        if bytes.count > limits.bytes { throw failure(.tooManyBytes, at: position + limits.bytes) }
        if current == 0xEF, byte(at: position + 1) == 0xBB, byte(at: position + 2) == 0xBF {
            throw failure(.byteOrderMark)
        }
        skipSpace()
        if position == end { throw failure(.empty) }
    }

    // MARK: Moving

    /// The byte under the cursor, or nil at the end.
    var current: UInt8? { position < end ? bytes[position] : nil }

    func byte(at index: Int) -> UInt8? { index < end ? bytes[index] : nil }

    mutating func advance(to index: Int) { position = index }

    mutating func skipSpace() {
        while position < end, bytes[position] <= 0x20 {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    /// Only space may follow the document.
    mutating func finish() throws(JSONError) {
        skipSpace()
        if position < end { throw failure(.trailingContent) }
    }

    // MARK: Values

    /// Takes one whole value, whatever it is, and checks everything inside it.
    mutating func value(depth: Int) throws(JSONError) -> JSONToken {
        let start = position
        guard let first = current else { throw failure(.unexpectedEnd) }
        switch first {
        case UInt8(ascii: "\""):
            return try string()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try number()
        case UInt8(ascii: "{"):
            if try enter(depth: depth, closing: UInt8(ascii: "}")) {
                repeat {
                    _ = try key()
                    _ = try value(depth: depth + 1)
                } while try another(closing: UInt8(ascii: "}"))
            }
            return JSONToken(.object, start..<position)
        case UInt8(ascii: "["):
            if try enter(depth: depth, closing: UInt8(ascii: "]")) {
                repeat {
                    _ = try value(depth: depth + 1)
                } while try another(closing: UInt8(ascii: "]"))
            }
            return JSONToken(.array, start..<position)
        default:
            return try word(first)
        }
    }

    // MARK: Inside arrays and objects

    /// Steps over the opening bracket, with `depth` others around it. True when a member or element follows.
    mutating func enter(depth: Int, closing: UInt8) throws(JSONError) -> Bool {
        if depth >= limits.depth { throw failure(.tooDeep) }
        position += 1
        skipSpace()
        if current == closing {
            position += 1
            return false
        }
        try count()
        return true
    }

    /// After a member or element: true when a comma promises another one, false when the bracket closed.
    mutating func another(closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte == closing {
            position += 1
            return false
        }
        if byte != UInt8(ascii: ",") { throw failure(.unexpectedCharacter) }
        position += 1
        skipSpace()
        try count()
        return true
    }

    /// Takes a key with its colon, and stops at the value.
    mutating func key() throws(JSONError) -> JSONToken {
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte != UInt8(ascii: "\"") { throw failure(.unexpectedCharacter) }
        let key = try string()
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte != UInt8(ascii: ":") { throw failure(.unexpectedCharacter) }
        position += 1
        skipSpace()
        return key
    }

    private mutating func count() throws(JSONError) {
        if membersLeft <= 0 { throw failure(.tooManyMembers) }
        membersLeft -= 1
    }

    // MARK: Words

    private mutating func word(_ first: UInt8) throws(JSONError) -> JSONToken {
        switch first {
        case UInt8(ascii: "t"): try word("true", .boolean)
        case UInt8(ascii: "f"): try word("false", .boolean)
        case UInt8(ascii: "n"): try word("null", .null)
        case UInt8(ascii: "N"), UInt8(ascii: "I"): throw failure(.notANumber)
        default: throw failure(first < 0x80 ? .unexpectedCharacter : .invalidUTF8)
        }
    }

    private mutating func word(_ text: StaticString, _ kind: JSONToken.Kind) throws(JSONError) -> JSONToken {
        let start = position
        let misplaced = text.withUTF8Buffer { text in
            text.indices.first { byte(at: start + $0) != text[$0] }
        }
        if let misplaced {
            throw failure(start + misplaced < end ? .unexpectedCharacter : .unexpectedEnd, at: start + misplaced)
        }
        position += text.utf8CodeUnitCount
        return JSONToken(kind, start..<position)
    }

    // MARK: Failing

    @inline(never)
    func failure(_ reason: JSONError.Reason, at index: Int? = nil) -> JSONError {
        JSONError(reason, at: index ?? position, in: bytes)
    }
}
