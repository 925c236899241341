/// Reads a document token by token and rejects everything that RFC 8259 does not allow. The tree reader and the object
/// scanner both use it, so they accept the same documents.
struct JSONCursor {
    /// Borrowed: the cursor must not outlive the call that created it. `Place` can be stored.
    let bytes: JSONBytes
    /// The index of the first byte in the slice that the bytes were borrowed from; token ranges are relative to that
    /// slice.
    private let base: Int
    let limits: JSONLimits
    var place: Place

    /// The position of a cursor.
    struct Place: Sendable {
        fileprivate(set) var position = 0
        fileprivate(set) var members = 0
    }

    init(_ bytes: JSONBytes, base: Int, limits: JSONLimits, at place: Place = Place()) {
        self.bytes = bytes
        self.base = base
        self.limits = limits
        self.place = place
    }

    /// Moves to the first token of the document.
    mutating func start() throws(JSONError) {
        if bytes.count > limits.bytes { throw failure(.tooManyBytes, at: limits.bytes) }
        if current == 0xEF, byte(at: 1) == 0xBB, byte(at: 2) == 0xBF { throw failure(.byteOrderMark) }
        skipSpace()
        if position == bytes.count { throw failure(.empty) }
    }

    /// Moves to the object that is the document.
    mutating func startObject() throws(JSONError) {
        try start()
        if current == UInt8(ascii: "{") { return }
        // Distinguishes invalid JSON from a valid value of another kind.
        let start = position
        _ = try readValue(depth: 0)
        try finish()
        throw failure(.notAnObject, at: start)
    }

    // MARK: Moving

    var position: Int {
        @inline(__always) get { place.position }
    }

    /// The byte under the cursor, or nil at the end.
    var current: UInt8? {
        @inline(__always) get { byte(at: place.position) }
    }

    @inline(__always)
    func byte(at index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    @inline(__always)
    mutating func advance(to index: Int) { place.position = index }

    @inline(__always)
    mutating func skipSpace() {
        // Documents from devices rarely contain white space.
        while let byte = current, byte <= 0x20 {
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            place.position += 1
        }
    }

    /// Checks that only white space follows the document.
    mutating func finish() throws(JSONError) {
        skipSpace()
        if position < bytes.count { throw failure(.trailingContent) }
    }

    // MARK: Values

    /// Reads one value of any kind and validates everything inside it.
    mutating func readValue(depth: Int) throws(JSONError) -> JSONToken {
        let start = position
        guard let first = current else { throw failure(.unexpectedEnd) }
        switch first {
        case UInt8(ascii: "\""):
            return try readString()
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            return try readNumber()
        case UInt8(ascii: "{"):
            if try enter(depth: depth, closing: UInt8(ascii: "}")) {
                repeat {
                    _ = try readKey()
                    _ = try readValue(depth: depth + 1)
                } while try advanceToNext(closing: UInt8(ascii: "}"))
            }
            return token(.object, from: start)
        case UInt8(ascii: "["):
            if try enter(depth: depth, closing: UInt8(ascii: "]")) {
                repeat {
                    _ = try readValue(depth: depth + 1)
                } while try advanceToNext(closing: UInt8(ascii: "]"))
            }
            return token(.array, from: start)
        default:
            return try readLiteral(first)
        }
    }

    /// The token from `start` to the cursor.
    @inline(__always)
    func token(_ kind: JSONToken.Kind, from start: Int, isEscaped: Bool = false) -> JSONToken {
        JSONToken(kind, base + start..<base + position, isEscaped: isEscaped)
    }

    // MARK: Inside arrays and objects

    /// Steps over the opening bracket at nesting level `depth`. True if a member or element follows.
    mutating func enter(depth: Int, closing: UInt8) throws(JSONError) -> Bool {
        if depth >= limits.depth { throw failure(.tooDeep) }
        place.position += 1
        skipSpace()
        if current == closing {
            place.position += 1
            return false
        }
        try count()
        return true
    }

    /// After a member or element: true if a comma announces another one, false if the bracket was closed.
    mutating func advanceToNext(closing: UInt8) throws(JSONError) -> Bool {
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte == closing {
            place.position += 1
            return false
        }
        if byte != UInt8(ascii: ",") { throw failure(.unexpectedCharacter) }
        place.position += 1
        skipSpace()
        try count()
        return true
    }

    /// Reads a key and its colon, and stops at the value.
    mutating func readKey() throws(JSONError) -> JSONToken {
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte != UInt8(ascii: "\"") { throw failure(.unexpectedCharacter) }
        let key = try readString()
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        if byte != UInt8(ascii: ":") { throw failure(.unexpectedCharacter) }
        place.position += 1
        skipSpace()
        return key
    }

    @inline(__always)
    private mutating func count() throws(JSONError) {
        if place.members >= limits.members { throw failure(.tooManyMembers) }
        place.members += 1
    }

    // MARK: Patterns

    /// Reads an object that follows the pattern. Returns nil and stays where it is for any other value.
    @inline(__always)
    mutating func readNumbers(in pattern: JSONPattern) -> JSONPattern.Numbers? {
        guard place.members + pattern.members <= limits.members,
            var scanner = bytes.patternScanner(at: position, numberBytes: limits.numberBytes),
            let numbers = pattern.numbers(&scanner)
        else { return nil }
        place.position = scanner.index
        place.members += pattern.members
        return numbers
    }

    // MARK: Words

    private mutating func readLiteral(_ first: UInt8) throws(JSONError) -> JSONToken {
        switch first {
        case UInt8(ascii: "t"): try readLiteral("true", .boolean)
        case UInt8(ascii: "f"): try readLiteral("false", .boolean)
        case UInt8(ascii: "n"): try readLiteral("null", .null)
        case UInt8(ascii: "N"), UInt8(ascii: "I"): throw failure(.notANumber)
        default: throw failure(first < 0x80 ? .unexpectedCharacter : .invalidUTF8)
        }
    }

    private mutating func readLiteral(_ text: StaticString, _ kind: JSONToken.Kind) throws(JSONError) -> JSONToken {
        let start = position
        let misplaced = text.withUTF8Buffer { text in
            text.indices.first { byte(at: start + $0) != text[$0] }
        }
        if let misplaced {
            throw failure(
                start + misplaced < bytes.count ? .unexpectedCharacter : .unexpectedEnd, at: start + misplaced)
        }
        place.position += text.utf8CodeUnitCount
        return token(kind, from: start)
    }

    // MARK: Failing

    @inline(never)
    func failure(_ reason: JSONError.Reason, at index: Int? = nil) -> JSONError {
        JSONError(reason, at: index ?? position, in: bytes)
    }
}

extension JSONCursor.Place {
    /// Calls `body` with a cursor that continues here, and moves to where it stopped.
    @inline(__always)
    mutating func withCursor<Result>(
        in bytes: ArraySlice<UInt8>, _ limits: JSONLimits,
        _ body: (inout JSONCursor) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        let (base, start) = (bytes.startIndex, self)
        let (result, end) = try bytes.withJSONBytes { lent throws(JSONError) in
            var cursor = JSONCursor(lent, base: base, limits: limits, at: start)
            return (try body(&cursor), cursor.place)
        }
        self = end
        return result
    }
}
