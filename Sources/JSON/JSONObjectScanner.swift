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
    private var cursor: JSONCursor
    private var state = State.beforeFirst

    private enum State {
        case beforeFirst
        case afterMember
        case finished
    }

    package init(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        cursor = try JSONCursor(bytes, limits: limits)
        if cursor.current != UInt8(ascii: "{") {
            // What is no JSON at all is told apart from JSON of another kind.
            let start = cursor.position
            _ = try cursor.value(depth: 0)
            try cursor.finish()
            throw cursor.failure(.notAnObject, at: start)
        }
    }

    package init(_ bytes: [UInt8], limits: JSONLimits = .datagram) throws(JSONError) {
        try self.init(bytes[...], limits: limits)
    }

    /// The next member, or nil after the last one, when nothing but space follows the object.
    package mutating func next() throws(JSONError) -> JSONMember? {
        let hasMember =
            switch state {
            case .beforeFirst: try cursor.enter(depth: 0, closing: UInt8(ascii: "}"))
            case .afterMember: try cursor.another(closing: UInt8(ascii: "}"))
            case .finished: false
            }
        guard hasMember else {
            if state != .finished {
                state = .finished
                try cursor.finish()
            }
            return nil
        }
        state = .afterMember
        let key = try cursor.key()
        return JSONMember(key: key, value: try cursor.value(depth: 1))
    }
}
