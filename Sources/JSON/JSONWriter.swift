/// The formatting of a document. Some existing clients compare the text of messages, so each protocol fixes its style.
package struct JSONStyle: Hashable, Sendable {
    /// `", "` and `": "` between members instead of `","` and `":"`.
    package var isSpaced: Bool
    /// Everything beyond printable ASCII as `\uXXXX`, with surrogate pairs where needed.
    package var isASCII: Bool

    package init(isSpaced: Bool, isASCII: Bool) {
        self.isSpaced = isSpaced
        self.isASCII = isASCII
    }

    /// The shortest text: no spaces, unescaped UTF-8.
    package static let compact = Self(isSpaced: false, isASCII: false)
    /// The default format of Python's `json.dumps`.
    package static let spaced = Self(isSpaced: true, isASCII: true)
    /// No spaces, ASCII only: the format of the original Socket.IO server.
    package static let compactASCII = Self(isSpaced: false, isASCII: true)
}

/// Writes one JSON document into a byte buffer, without an intermediate tree and without allocating per value. The
/// buffer can be reused for the next document.
///
/// The writer places commas and colons. The caller is responsible for closing every object and for giving every key a
/// value.
@usableFromInline
package struct JSONWriter: Sendable {
    package let style: JSONStyle
    @usableFromInline var buffer: JSONBuffer
    /// A reusable array for callers that can only append to an array.
    private var scratch: [UInt8] = []
    /// The next key or element needs a comma before it.
    private var followsValue = false

    /// A comma and a space.
    private static let separatorRoom = 2

    package init(_ style: JSONStyle = .compact, reservingCapacity capacity: Int = 0) {
        self.style = style
        buffer = JSONBuffer()
        buffer.reserve(capacity)
    }

    /// Begins a document after existing bytes, such as the header of a frame.
    package init(_ style: JSONStyle = .compact, appendingTo bytes: consuming [UInt8]) {
        self.style = style
        buffer = JSONBuffer(bytes)
    }

    /// The bytes written so far.
    @inlinable package var bytes: ArraySlice<UInt8> { buffer.bytes }

    // MARK: Structure

    package mutating func beginObject() {
        value(atMost: 1) { $0.put(UInt8(ascii: "{")) }
        followsValue = false
    }

    package mutating func endObject() {
        buffer.append(atMost: 1) { $0.put(UInt8(ascii: "}")) }
        followsValue = true
    }

    package mutating func beginArray() {
        value(atMost: 1) { $0.put(UInt8(ascii: "[")) }
        followsValue = false
    }

    package mutating func endArray() {
        buffer.append(atMost: 1) { $0.put(UInt8(ascii: "]")) }
        followsValue = true
    }

    @usableFromInline
    package mutating func key(_ name: StaticString) {
        // A name of one character may have no pointer.
        guard name.hasPointerRepresentation else { return name.withUTF8Buffer { key($0) } }
        let text = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        let colon = separatorBytes
        let separator = followsValue ? colon : 0
        var isPlain = false
        buffer.append(atMost: text.count + JSONOutputSpan.keyRoom) {
            isPlain = $0.put(key: text, after: separator, colon)
        }
        guard isPlain else { return key(text) }
        followsValue = false
    }

    @_disfavoredOverload
    package mutating func key(_ name: String) {
        var name = name
        name.withUTF8 { key($0) }
    }

    // MARK: Values

    package mutating func string(_ text: StaticString) {
        text.withUTF8Buffer { string($0) }
    }

    /// A Swift string is always valid Unicode, so writing it cannot fail.
    @_disfavoredOverload
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// A string whose bytes are valid UTF-8.
    package mutating func string(utf8 text: [UInt8]) {
        text.withUnsafeBufferPointer { string($0) }
    }

    /// A string that the caller appends, such as a time. The text must not need escaping.
    package mutating func string(appending append: (inout [UInt8]) -> Void) {
        scratch.removeAll(keepingCapacity: true)
        append(&scratch)
        scratch.withUnsafeBufferPointer { text in
            value(atMost: text.count + 2) { span in
                span.put(UInt8(ascii: "\""))
                span.put(text)
                span.put(UInt8(ascii: "\""))
            }
        }
    }

    package mutating func boolean(_ value: Bool) {
        // The letters of both words as bytes of a number, the first in the lowest.
        self.value(atMost: 5) { $0.put(value ? 0x6575_7274 : 0x65_736C_6166, value ? 4 : 5) }
    }

    package mutating func null() {
        value(atMost: 4) { $0.put("null") }
    }

    /// A value that is already JSON. Pass only validated text.
    @usableFromInline
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        json.withUnsafeBufferPointer { raw($0) }
    }

    mutating func raw(_ json: UnsafeBufferPointer<UInt8>) {
        value(atMost: json.count) { $0.put(json) }
    }

    // MARK: The buffer

    /// Discards the document; the next one can begin.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        buffer.removeAll(keepingCapacity: keepingCapacity)
        followsValue = false
    }

    /// Returns the document and leaves an empty buffer.
    package mutating func finish() -> [UInt8] {
        followsValue = false
        return buffer.finish()
    }

    // MARK: Inside

    /// Appends a value, preceded by a comma if needed. A value directly after a key needs none.
    @inline(__always)
    mutating func value(atMost room: Int, _ write: (inout JSONOutputSpan) -> Void) {
        let separator = followsValue ? separatorBytes : 0
        buffer.append(atMost: Self.separatorRoom + room) { span in
            span.put(JSONOutputSpan.commaAndSpace, separator)
            write(&span)
        }
        followsValue = true
    }

    /// Of a comma or colon and the space behind it.
    private var separatorBytes: Int { style.isSpaced ? 2 : 1 }

    /// Appends a key, which may need escaping, and its colon.
    @inline(never)
    mutating func key(_ text: UnsafeBufferPointer<UInt8>) {
        let colon = separatorBytes
        string(text)
        buffer.append(atMost: Self.separatorRoom) { $0.put(JSONOutputSpan.colonAndSpace, colon) }
        followsValue = false
    }

    @inline(never)
    mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        var isPlain = false
        value(atMost: text.count + 2) { isPlain = $0.put(plain: text) }
        if !isPlain { appendEscaped(text) }
    }

    @inline(never)
    private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
        let style = style
        // Two quotes, and at most `\u00XX` for each byte.
        buffer.append(atMost: 6 * text.count + 2) { JSONQuoting.put(text, style: style, to: &$0) }
    }
}

/// A key and its value in one call.
extension JSONWriter {
    package mutating func member(_ name: StaticString, _ text: StaticString) {
        key(name)
        string(text)
    }

    @_disfavoredOverload
    package mutating func member(_ name: StaticString, _ text: String) {
        key(name)
        string(text)
    }

    @inlinable
    package mutating func member(_ name: StaticString, _ value: some BinaryInteger) {
        key(name)
        integer(value)
    }

    package mutating func member(_ name: StaticString, _ value: Double) {
        key(name)
        number(value)
    }

    package mutating func member(_ name: StaticString, _ value: Double, decimals: Int) {
        key(name)
        number(value, decimals: decimals)
    }

    package mutating func member(_ name: StaticString, _ value: Bool) {
        key(name)
        boolean(value)
    }

    /// A value that is already JSON.
    package mutating func member(_ name: StaticString, raw json: ArraySlice<UInt8>) {
        key(name)
        raw(json)
    }

    package mutating func member(_ name: StaticString, _ value: JSONValue) {
        key(name)
        self.value(value)
    }
}

extension JSONWriter {
    /// Writes a tree in the writer's own style.
    package mutating func value(_ value: JSONValue) {
        switch value {
        case .null: null()
        case .boolean(let value): boolean(value)
        case .integer(let value): integer(value)
        case .number(let value): number(value)
        case .string(let value): string(value)
        case .array(let elements):
            beginArray()
            for element in elements { self.value(element) }
            endArray()
        case .object(let object):
            beginObject()
            for member in object.members {
                key(member.key)
                self.value(member.value)
            }
            endObject()
        }
    }
}
