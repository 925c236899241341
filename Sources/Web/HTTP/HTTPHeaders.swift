/// Header fields in the order they were sent or added. Names are compared without regard to case.
///
/// All text lies in one buffer with a table of positions beside it: a request costs two allocations, whatever the number
/// of its headers.
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

    /// The first value under this name.
    package subscript(_ name: String) -> String? {
        fields.first { nameBytes($0).equalsIgnoringCase(name) }.map { String(decoding: valueBytes($0), as: UTF8.self) }
    }

    package func contains(_ name: String) -> Bool {
        fields.contains { nameBytes($0).equalsIgnoringCase(name) }
    }

    /// Every value under this name, in order.
    package func values(_ name: String) -> [String] {
        rawValues(name).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The elements of a comma-separated list, over all fields of this name, without blanks around them. A comma
    /// inside a quoted string does not separate; empty elements are dropped.
    package func list(_ name: String) -> [String] {
        rawValues(name).flatMap(HTTPListSplitter.split).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the list under this name holds the token, in whatever case.
    package func list(_ name: String, contains token: String) -> Bool {
        rawValues(name).contains { HTTPListSplitter.split($0).contains { $0.equalsIgnoringCase(token) } }
    }

    /// All fields in order, for people and tests.
    package var all: [(name: String, value: String)] {
        fields.map {
            (String(decoding: nameBytes($0), as: UTF8.self), String(decoding: valueBytes($0), as: UTF8.self))
        }
    }

    /// Adds a field. The name is a constant of the program, so nothing from outside can get into it; a control
    /// character in the value, a line break above all, becomes a space.
    package mutating func add(_ name: StaticString, _ value: String) {
        let start = bytes.count
        name.withUTF8Buffer { bytes.append(contentsOf: $0) }
        let valueStart = bytes.count
        for byte in value.utf8 { bytes.append(byte.isHTTPFieldContent ? byte : 0x20) }
        record(start: start, valueStart: valueStart)
    }

    /// Replaces every field of this name by one.
    package mutating func set(_ name: StaticString, _ value: String) {
        remove(name.description)
        add(name, value)
    }

    package mutating func remove(_ name: String) {
        let kept = fields.filter { !nameBytes($0).equalsIgnoringCase(name) }
        fields = kept
    }

    /// The raw values under a name, in order.
    func rawValues(_ name: String) -> some Sequence<ArraySlice<UInt8>> {
        fields.lazy.filter { nameBytes($0).equalsIgnoringCase(name) }.map { valueBytes($0) }
    }

    /// Adds a field whose bytes have been checked.
    mutating func appendChecked(name: ArraySlice<UInt8>, value: ArraySlice<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: name)
        let valueStart = bytes.count
        bytes.append(contentsOf: value)
        record(start: start, valueStart: valueStart)
    }

    /// Appends the fields as header lines, but for those that `isOmitted` names.
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
