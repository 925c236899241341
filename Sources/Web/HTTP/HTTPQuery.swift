/// The part of a target after the `?`, kept raw and decoded on demand.
package struct HTTPQuery: Hashable, Sendable {
    /// As it was sent, without the `?`.
    package let raw: String

    package init(_ raw: String) {
        self.raw = raw
    }

    package var isEmpty: Bool { raw.isEmpty }

    /// The decoded items in order; `name` without `=` has an empty value.
    package var items: [(name: String, value: String)] {
        Array(raw.utf8)[...].split(separator: UInt8(ascii: "&")).map { item in
            let equals = item.firstIndex(of: UInt8(ascii: "="))
            let name = item[..<(equals ?? item.endIndex)]
            let value = equals.map { item[($0 + 1)...] } ?? []
            return (PercentEncoding.decodeFormField(name), PercentEncoding.decodeFormField(value))
        }
    }

    /// The first value under this name.
    package subscript(_ name: String) -> String? {
        items.first { $0.name == name }?.value
    }

    package func values(_ name: String) -> [String] {
        items.filter { $0.name == name }.map(\.value)
    }
}
