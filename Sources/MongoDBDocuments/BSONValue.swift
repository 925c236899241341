import JSON

/// A value of BSON (bsonspec.org).
package enum BSONValue: Sendable {
    /// JSON as it is: names of members have no special meaning.
    case json(JSONValue)
    case string(String)
    case integer(Int64)
    case boolean(Bool)
    /// Milliseconds since 1970.
    case date(Int64)
    /// Twelve bytes.
    case objectID([UInt8])
    case document([Member])
    case array([BSONValue])
    /// A document that is encoded already.
    case encoded([UInt8])

    package typealias Member = (name: String, value: BSONValue)

    /// Encodes a document.
    package static func encode(_ members: [Member]) -> [UInt8] {
        var encoder = BSONEncoder()
        encoder.append(members)
        return encoder.bytes
    }
}

private struct BSONEncoder {
    private(set) var bytes: [UInt8] = []

    mutating func append(_ members: [BSONValue.Member]) {
        appendDocument { encoder in
            for member in members { encoder.append(member.value, named: member.name) }
        }
    }

    private mutating func appendDocument(_ write: (inout Self) -> Void) {
        let start = bytes.count
        append(Int32(0))
        write(&self)
        bytes.append(0)
        withUnsafeBytes(of: Int32(bytes.count - start).littleEndian) {
            bytes.replaceSubrange(start..<start + 4, with: $0)
        }
    }

    private mutating func appendArray<Element>(
        _ elements: [Element], _ write: (inout Self, Element, String) -> Void
    ) {
        appendDocument { encoder in
            for (index, element) in elements.enumerated() { write(&encoder, element, String(index)) }
        }
    }

    private mutating func append(_ value: BSONValue, named name: String) {
        switch value {
        case .json(let json): appendJSON(json, named: name)
        case .string(let text): appendJSON(.string(text), named: name)
        case .integer(let number): appendJSON(.integer(number), named: name)
        case .boolean(let flag): appendJSON(.boolean(flag), named: name)
        case .date(let milliseconds):
            begin(0x09, name)
            append(milliseconds)
        case .objectID(let id):
            begin(0x07, name)
            bytes += id
        case .document(let members):
            begin(0x03, name)
            append(members)
        case .array(let elements):
            begin(0x04, name)
            appendArray(elements) { $0.append($1, named: $2) }
        case .encoded(let document):
            begin(0x03, name)
            bytes += document
        }
    }

    private mutating func appendJSON(_ value: JSONValue, named name: String) {
        switch value {
        case .null: begin(0x0A, name)
        case .boolean(let flag):
            begin(0x08, name)
            bytes.append(flag ? 1 : 0)
        case .integer(let number):
            if let short = Int32(exactly: number) {
                begin(0x10, name)
                append(short)
            } else {
                begin(0x12, name)
                append(number)
            }
        case .number(let number):
            begin(0x01, name)
            append(number.bitPattern)
        case .string(let text):
            begin(0x02, name)
            append(Int32(clamping: text.utf8.count + 1))
            bytes += text.utf8
            bytes.append(0)
        case .array(let elements):
            begin(0x04, name)
            appendArray(elements) { $0.appendJSON($1, named: $2) }
        case .object(let object):
            begin(0x03, name)
            appendDocument { encoder in
                for (name, value) in object.members { encoder.appendJSON(value, named: name) }
            }
        }
    }

    /// A name ends with a zero, which it cannot contain.
    private mutating func begin(_ type: UInt8, _ name: String) {
        bytes.append(type)
        for byte in name.utf8 { bytes += byte == 0 ? Array("\\u0000".utf8) : [byte] }
        bytes.append(0)
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }
}
