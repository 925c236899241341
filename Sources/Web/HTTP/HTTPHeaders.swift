/// Header fields in order. Names are compared ignoring case.
///
/// All text is stored in one buffer with a table of positions, so any number of headers costs two allocations.
package struct HTTPHeaders: Hashable, Sendable {
    private struct Field: Hashable {
        var start: UInt32
        var nameLength: UInt32
        var valueLength: UInt32
    }

    private var bytes: [UInt8] = []
    private var fields: [Field] = []

    package init() {}

    package var count: Int { fields.count }
    package var isEmpty: Bool { fields.isEmpty }
    var heldBytes: Int { bytes.count + fields.count * MemoryLayout<Field>.stride }

    /// The first value of this name.
    package subscript(_ name: String) -> String? {
        fields.first { nameBytes($0).equalsIgnoringCase(name) }.map { String(decoding: valueBytes($0), as: UTF8.self) }
    }

    package func contains(_ name: String) -> Bool {
        fields.contains { nameBytes($0).equalsIgnoringCase(name) }
    }

    /// All values of this name, in order.
    package func values(_ name: String) -> [String] {
        rawValues(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The elements of a comma-separated list, over all fields of this name, without blanks around them. A comma inside
    /// a quoted string does not separate; empty elements are dropped.
    package func list(_ name: String) -> [String] {
        rawValues(name).flatMap(HTTPListSplitter.split).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the list of this name contains the token, ignoring case.
    package func list(_ name: String, contains token: String) -> Bool {
        rawValues(name).contains { HTTPListSplitter.split($0).contains { $0.equalsIgnoringCase(token) } }
    }

    /// All fields in order.
    package var all: [(name: String, value: String)] {
        fields.map {
            (String(decoding: nameBytes($0), as: UTF8.self), String(decoding: valueBytes($0), as: UTF8.self))
        }
    }

    /// Adds a field. The name is a constant of the program; control characters in the value, including line breaks,
    /// become spaces.
    package mutating func add(_ name: StaticString, _ value: String) {
        let start = bytes.count
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        let valueStart = bytes.count
        for byte in value.utf8 { bytes.append(byte.isHTTPFieldContent ? byte : 0x20) }
        record(start: start, valueStart: valueStart)
    }

    /// Replaces all fields of this name by one.
    package mutating func set(_ name: StaticString, _ value: String) {
        remove(name.description)
        add(name, value)
    }

    package mutating func remove(_ name: String) {
        let kept = fields.filter { !nameBytes($0).equalsIgnoringCase(name) }
        fields = kept
    }

    /// The raw values of a name, in order.
    func rawValues(_ name: String) -> some Sequence<ArraySlice<UInt8>> {
        fields.lazy.filter { nameBytes($0).equalsIgnoringCase(name) }.map { valueBytes($0) }
    }

    /// Adds a field whose bytes are validated.
    mutating func appendChecked(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        record(start: start, valueStart: valueStart)
    }

    /// Appends the fields as header lines, except those for which `isOmitted` is true.
    func appendLines(to output: inout [UInt8], omitting isOmitted: (ArraySlice<UInt8>) -> Bool) {
        for field in fields where !isOmitted(nameBytes(field)) {
            output.append(contentsOf: nameBytes(field))
            output.append(UInt8(ascii: ":"))
            output.append(0x20)
            output.append(contentsOf: valueBytes(field))
            output.append(0x0D)
            output.append(0x0A)
        }
    }

    private mutating func record(start: Int, valueStart: Int) {
        fields.append(
            Field(
                start: UInt32(start), nameLength: UInt32(valueStart - start),
                valueLength: UInt32(bytes.count - valueStart)))
    }

    private func nameBytes(_ field: Field) -> ArraySlice<UInt8> {
        bytes[Int(field.start)..<Int(field.start + field.nameLength)]
    }

    private func valueBytes(_ field: Field) -> ArraySlice<UInt8> {
        let start = Int(field.start + field.nameLength)
        return bytes[start..<start + Int(field.valueLength)]
    }
}

/// One header line, `name: value`, parsed strictly.
struct HTTPFieldLine {
    let name: ArraySlice<UInt8>
    let value: ArraySlice<UInt8>

    /// Rejects line folding, an empty or malformed name, blanks before the colon and control characters in the value,
    /// because servers differ in how they read these.
    init(_ line: ArraySlice<UInt8>) throws(HTTPError) {
        if let first = line.first, first.isHTTPBlank { throw HTTPError(.foldedHeader) }
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > line.startIndex else {
            throw HTTPError(.malformedHeader)
        }
        name = line[..<colon]
        value = line[(colon + 1)...].trimmingBlanks
        guard name.allSatisfy(\.isHTTPToken), value.allSatisfy(\.isHTTPFieldContent) else {
            throw HTTPError(.malformedHeader)
        }
    }
}

/// Splits list-valued header fields, respecting quoted strings.
enum HTTPListSplitter {
    /// The non-empty elements between separators, without blanks around them. An unclosed quote extends to the end.
    static func split<Bytes: RandomAccessCollection<UInt8>>(
        _ value: Bytes, at separator: UInt8
    ) -> [Bytes] where Bytes.SubSequence == Bytes {
        var elements: [Bytes] = []
        var start = value.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in value.indices {
            let byte = value[index]
            if isEscaped {
                isEscaped = false
            } else if isQuoted {
                isEscaped = byte == UInt8(ascii: "\\")
                isQuoted = byte != UInt8(ascii: "\"")
            } else if byte == UInt8(ascii: "\"") {
                isQuoted = true
            } else if byte == separator {
                elements.append(value[start..<index].trimmingBlanks)
                start = value.index(after: index)
            }
        }
        elements.append(value[start...].trimmingBlanks)
        return elements.filter { !$0.isEmpty }
    }

    static func split(_ value: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        split(value, at: UInt8(ascii: ","))
    }
}
