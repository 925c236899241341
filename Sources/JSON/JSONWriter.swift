/// Writes one JSON document straight into a byte buffer, without a tree in between and without an allocation for each
/// value: the buffer is the only memory, and it can be kept from one document to the next.
///
/// The writer places commas and colons. That every object is closed, and that every key has a value, is the caller's
/// part; a document written by straight-line code is right once its test has seen it.
@usableFromInline
package struct JSONWriter: Sendable {
    package let style: JSONStyle
    private var buffer: JSONBuffer
    /// For code that can append to an array only; kept, so that it need not be allocated again.
    private var scratch: [UInt8] = []
    /// Something stands before the next key or element that must be parted from it by a comma.
    private var followsValue = false

    /// A comma and a space.
    private static let separatorRoom = 2

    package init(_ style: JSONStyle = .compact, reservingCapacity capacity: Int = 0) {
        self.style = style
        buffer = JSONBuffer()
        buffer.reserve(capacity)
    }

    /// Begins a document behind bytes that are already there, such as the head of a frame.
    package init(_ style: JSONStyle = .compact, appendingTo bytes: consuming [UInt8]) {
        self.style = style
        buffer = JSONBuffer(bytes)
    }

    /// What has been written so far.
    package var bytes: ArraySlice<UInt8> { buffer.bytes }

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
        name.withUTF8Buffer { key($0) }
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

    /// A Swift string is valid Unicode always, so nothing can be refused here.
    @_disfavoredOverload
    package mutating func string(_ text: String) {
        var text = text
        text.withUTF8 { string($0) }
    }

    /// A string whose bytes are valid UTF-8.
    package mutating func string(utf8 text: [UInt8]) {
        text.withUnsafeBufferPointer { string($0) }
    }

    /// A string that a caller appends itself, such as a time. What it appends must need no escape.
    package mutating func string(appending append: (inout [UInt8]) -> Void) {
        scratch.removeAll(keepingCapacity: true)
        append(&scratch)
        scratch.withUnsafeBufferPointer { text in
            value(atMost: text.count + 2) { pen in
                pen.put(UInt8(ascii: "\""))
                pen.put(text)
                pen.put(UInt8(ascii: "\""))
            }
        }
    }

    package mutating func boolean(_ value: Bool) {
        self.value(atMost: 5) { $0.put(value ? "true" : "false") }
    }

    package mutating func null() {
        value(atMost: 4) { $0.put("null") }
    }

    /// A value that is JSON already, copied as it is. Give only what a strict reader has accepted.
    @usableFromInline
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        json.withUnsafeBufferPointer { json in
            value(atMost: json.count) { $0.put(json) }
        }
    }

    // MARK: The buffer

    /// Forgets the document, so that the next one can begin.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        buffer.removeAll(keepingCapacity: keepingCapacity)
        followsValue = false
    }

    /// Hands the document over and begins anew with an empty buffer.
    package mutating func finish() -> [UInt8] {
        followsValue = false
        return buffer.finish()
    }

    // MARK: Inside

    /// Appends a value, and a comma before it where one is due. Right after a key none is, because a key is no value.
    @inline(__always)
    mutating func value(atMost room: Int, _ write: (inout JSONOutputSpan) -> Void) {
        let (followsValue, isSpaced) = (followsValue, style.isSpaced)
        buffer.append(atMost: Self.separatorRoom + room) { pen in
            if followsValue {
                pen.put(UInt8(ascii: ","))
                if isSpaced { pen.put(UInt8(ascii: " ")) }
            }
            write(&pen)
        }
        self.followsValue = true
    }

    /// Appends a key with its colon.
    @inline(never)
    mutating func key(_ text: UnsafeBufferPointer<UInt8>) {
        let style = style
        let room = JSONQuoting.room(for: text)
        value(atMost: room.bytes + Self.separatorRoom) { pen in
            JSONQuoting.put(text, isPlain: room.isPlain, style: style, to: &pen)
            pen.put(UInt8(ascii: ":"))
            if style.isSpaced { pen.put(UInt8(ascii: " ")) }
        }
        followsValue = false
    }

    @inline(never)
    mutating func string(_ text: UnsafeBufferPointer<UInt8>) {
        let style = style
        let room = JSONQuoting.room(for: text)
        value(atMost: room.bytes) { JSONQuoting.put(text, isPlain: room.isPlain, style: style, to: &$0) }
    }
}
