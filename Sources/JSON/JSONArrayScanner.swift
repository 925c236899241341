/// Iterates over the elements of one array without building a tree, as `JSONObjectScanner` does over members.
///
/// The array is valid only once `next()` has returned nil: an error may follow the last element.
@usableFromInline
package struct JSONArrayScanner: JSONTokenSource {
    @usableFromInline package let bytes: ArraySlice<UInt8>
    private let limits: JSONLimits
    private var place = JSONCursor.Place()
    private var progress = JSONScanProgress.beforeFirst

    /// Nil if the document is valid, but not an array.
    package init?(_ bytes: ArraySlice<UInt8>, limits: JSONLimits = .datagram) throws(JSONError) {
        self.bytes = bytes
        self.limits = limits
        let isArray = try place.withCursor(in: bytes, limits) { cursor throws(JSONError) in
            try cursor.start()
            if cursor.current == UInt8(ascii: "[") { return true }
            _ = try cursor.readValue(depth: 0)
            try cursor.finish()
            return false
        }
        guard isArray else { return nil }
    }

    /// The next element, or nil after the last one if only white space follows the array.
    package mutating func next() throws(JSONError) -> JSONToken? {
        let progress = progress
        if progress == .finished { return nil }
        let element = try place.withCursor(in: bytes, limits) { cursor throws(JSONError) -> JSONToken? in
            let closing = UInt8(ascii: "]")
            let hasElement =
                progress == .beforeFirst
                ? try cursor.enter(depth: 0, closing: closing) : try cursor.advanceToNext(closing: closing)
            guard hasElement else {
                try cursor.finish()
                return nil
            }
            return try cursor.readValue(depth: 1)
        }
        self.progress = element == nil ? .finished : .afterFirst
        return element
    }
}
