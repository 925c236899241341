/// Walks over the members of one object without building anything: for datagrams, which come a thousand times a
/// second. Each member is checked as strictly as the tree reader checks it, with everything nested in it.
///
///     var scanner = try JSONObjectScanner(datagram)
///     while let member = try scanner.next() {
///         if scanner.isText(member.key, "bpm") { bpm = scanner.double(member.value) }
///     }
///
/// The object has been accepted only when `next()` has returned nil: an error may wait behind the last member.
/// A key that comes twice is reported twice; whoever wants the last value takes the last.
@usableFromInline
package struct JSONObjectScanner: JSONTokenSource {
    @usableFromInline package let bytes: ArraySlice<UInt8>
    private let limits: JSONLimits
    private var place = JSONCursor.Place()
    private var state = State.beforeFirst

    private enum State {
        case beforeFirst
        case afterMember
        case finished
    }

    package init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        try withCursor { cursor throws(JSONError) in
            try cursor.start()
            if cursor.current == UInt8(ascii: "{") { return }
            // What is no JSON at all is told apart from JSON of another kind.
            let start = cursor.position
            _ = try cursor.readValue(depth: 0)
            try cursor.finish()
            throw cursor.failure(.notAnObject, at: start)
        }
    }

    package init(_ bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(bytes[...], limits: limits)
    }

    /// The next member, or nil after the last one, when nothing but space follows the object.
    package mutating func next() throws(JSONError) -> JSONMember? {
        let state = state
        if state == .finished { return nil }
        let member = try withCursor { cursor throws(JSONError) -> JSONMember? in
            let closing = UInt8(ascii: "}")
            let hasMember =
                state == .beforeFirst
                ? try cursor.enter(depth: 0, closing: closing) : try cursor.advanceToNext(closing: closing)
            guard hasMember else {
                try cursor.finish()
                return nil
            }
            let key = try cursor.readKey()
            return JSONMember(key: key, value: try cursor.readValue(depth: 1))
        }
        self.state = member == nil ? .finished : .afterMember
        return member
    }

    /// Lends a cursor that stands where the last one stopped.
    @inline(__always)
    private mutating func withCursor<Result>(
        _ body: (inout JSONCursor) throws(JSONError) -> Result
    ) throws(JSONError) -> Result {
        let (base, limits, start) = (bytes.startIndex, limits, place)
        let (result, end) = try bytes.withJSONBytes { lent throws(JSONError) in
            var cursor = JSONCursor(lent, base: base, limits: limits, at: start)
            return (try body(&cursor), cursor.place)
        }
        place = end
        return result
    }
}
