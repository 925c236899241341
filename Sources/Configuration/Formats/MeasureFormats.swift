import Clocks

extension ValueFormat where Value == Nanoseconds {
    /// A span of time: `10 s`, `500 ms`, or a bare number of seconds.
    static func duration(from lower: Nanoseconds, to upper: Nanoseconds) -> Self {
        let units = MeasureUnits.time
        let expected = "a time from \(units.text(lower.count)) to \(units.text(upper.count))"
        return Self(expected: expected, example: "10 s") { node in
            units.read(node, in: lower.count...upper.count, kind: "time").map(Nanoseconds.init)
        } write: {
            units.text($0.count)
        }
    }
}

extension ValueFormat where Value == Int {
    /// A number of bytes: `16 KiB`, `1 MiB`, or a bare number.
    static func size(from lower: Int, to upper: Int) -> Self {
        let units = MeasureUnits.bytes
        let expected = "a size from \(units.text(Int64(lower))) to \(units.text(Int64(upper)))"
        return Self(expected: expected, example: "1 MiB") { node in
            units.read(node, in: Int64(lower)...Int64(upper), kind: "size").map { Int(clamping: $0) }
        } write: {
            units.text(Int64($0))
        }
    }
}

extension MeasureUnits {
    fileprivate func read(
        _ node: YAMLNode, in range: ClosedRange<Int64>, kind: String
    ) -> Result<Int64, ValueError> {
        guard case .scalar(let scalar) = node.content, let text = MeasuredText(scalar.text) else {
            return .failure(.wrongKind(node))
        }
        guard let exact = count(text) else {
            return .failure(.wrongKind(node, hint: "the unit is \(names)"))
        }
        let count = exact.rounded()
        // Nobody measures in parts of a nanosecond; parts of a byte are a slip of the pen.
        guard bare != 1 || exact == count else {
            return .failure(.wrongKind(node, hint: "a byte cannot be divided"))
        }
        guard count >= 0 else { return .failure(.outOfRange(scalar.text, hint: "a \(kind) cannot be negative")) }
        guard let value = Int64(exactly: count), range.contains(value) else {
            return .failure(.outOfRange(scalar.text))
        }
        return .success(value)
    }
}
