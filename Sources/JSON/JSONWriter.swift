/// Writes one JSON document straight into a byte buffer, without a tree in between and without an allocation for each
/// value: the buffer is the only memory, and it can be kept from one document to the next.
///
/// The writer places commas and colons. That every object is closed, and that every key has a value, is the caller's
/// part; a document written by straight-line code is right once its test has seen it.
package struct JSONWriter: Sendable {
    package let style: JSONStyle
    /// What has been written so far.
    package internal(set) var bytes: [UInt8]
    /// Something stands before the next key or element that must be parted from it by a comma.
    private var followsValue = false

    package init(_ style: JSONStyle = .compact, reservingCapacity capacity: Int = 0) {
        self.style = style
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Begins a document behind bytes that are already there, such as the head of a frame.
    package init(_ style: JSONStyle = .compact, appendingTo bytes: consuming [UInt8]) {
        self.style = style
        self.bytes = bytes
    }

    // MARK: Structure

    package mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        followsValue = false
    }

    package mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        followsValue = true
    }

    package mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        followsValue = false
    }

    package mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        followsValue = true
    }

    package mutating func key(_ name: StaticString) {
        separate()
        name.withUTF8Buffer { quote($0) }
        endKey()
    }

    @_disfavoredOverload
    package mutating func key(_ name: String) {
        separate()
        quote(name)
        endKey()
    }

    // MARK: Values

    package mutating func string(_ text: StaticString) {
        separate()
        text.withUTF8Buffer { quote($0) }
    }

    @_disfavoredOverload
    package mutating func string(_ text: String) {
        separate()
        quote(text)
    }

    /// A string that a caller appends itself, such as a time. What it appends must need no escape.
    package mutating func string(appending append: (inout [UInt8]) -> Void) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        append(&bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    package mutating func boolean(_ value: Bool) {
        separate()
        append(value ? "true" : "false")
    }

    package mutating func null() {
        separate()
        append("null")
    }

    /// A value that is JSON already, copied as it is. Give only what a strict reader has accepted.
    package mutating func raw(_ json: ArraySlice<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
    }

    // MARK: The buffer

    /// Forgets the document, so that the next one can begin.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        bytes.removeAll(keepingCapacity: keepingCapacity)
        followsValue = false
    }

    /// Hands the document over and begins anew with an empty buffer.
    package mutating func take() -> [UInt8] {
        var taken: [UInt8] = []
        swap(&taken, &bytes)
        followsValue = false
        return taken
    }

    // MARK: Inside

    /// Called before every value and every key. After a key no comma is due, because the key itself was no value.
    mutating func separate() {
        if followsValue {
            bytes.append(UInt8(ascii: ","))
            if style.isSpaced { bytes.append(UInt8(ascii: " ")) }
        }
        followsValue = true
    }

    mutating func endKey() {
        bytes.append(UInt8(ascii: ":"))
        if style.isSpaced { bytes.append(UInt8(ascii: " ")) }
        followsValue = false
    }

    /// Appends without quotes and without looking at the bytes.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }
}
