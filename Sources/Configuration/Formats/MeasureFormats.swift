import Clocks

extension ValueFormat where Value == Nanoseconds {
    /// A duration: `10 s`, `500 ms`, or a plain number of seconds.
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
    /// A number of bytes: `16 KiB`, `1 MiB`, or a plain number.
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
        // A fraction of a nanosecond is rounded; a fraction of a byte is an error.
        guard unitlessSize != 1 || exact == count else {
            return .failure(.wrongKind(node, hint: "a size is a whole number of bytes"))
        }
        guard count >= 0 else { return .failure(.outOfRange(scalar.text, hint: "a \(kind) cannot be negative")) }
        guard let value = Int64(exactly: count), range.contains(value) else {
            return .failure(.outOfRange(scalar.text))
        }
        return .success(value)
    }
}

/// A number with an optional unit: `10 s`, `1.5MiB`, or `10`.
struct MeasuredText: Equatable {
    let number: Double
    /// Empty when there is only a number.
    let unit: String

    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        guard let number = DecimalNumber(digits) else { return nil }
        self.number = number.value
        unit = String(text[digits.endIndex...].drop { $0 == " " })
    }
}

/// The units of one quantity, from the largest to the smallest.
struct MeasureUnits: Sendable {
    struct Unit: Sendable {
        let name: String
        let size: Int64
    }

    let units: [Unit]
    /// The size of a number without a unit, in the smallest unit.
    let unitlessSize: Int64

    static let time = Self(
        units: [
            Unit(name: "d", size: 86_400_000_000_000), Unit(name: "h", size: 3_600_000_000_000),
            Unit(name: "min", size: 60_000_000_000), Unit(name: "s", size: 1_000_000_000),
            Unit(name: "ms", size: 1_000_000), Unit(name: "us", size: 1_000), Unit(name: "ns", size: 1),
        ], unitlessSize: 1_000_000_000)

    static let bytes = Self(
        units: [
            Unit(name: "GiB", size: 1 << 30), Unit(name: "MiB", size: 1 << 20), Unit(name: "KiB", size: 1 << 10),
            Unit(name: "B", size: 1),
        ], unitlessSize: 1)

    /// The text with the largest unit that needs no fraction.
    func text(_ count: Int64) -> String {
        let zero = units.first { $0.size == unitlessSize }
        let unit = count == 0 ? zero : units.first { count.isMultiple(of: $0.size) }
        return unit.map { "\(count / $0.size) \($0.name)" } ?? "\(count)"
    }

    /// The size of a text in the smallest unit, possibly with a fraction; nil for an unknown unit.
    func count(_ text: MeasuredText) -> Double? {
        let size = text.unit.isEmpty ? unitlessSize : units.first { $0.name == text.unit }?.size
        return size.map { text.number * Double($0) }
    }

    var names: String {
        let names = units.reversed().map(\.name)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }
}

/// A decimal number: an optional sign, digits, an optional fraction. No exponents, hexadecimal numbers or infinities,
/// and no leading zeros, which YAML 1.1 reads as octal.
struct DecimalNumber: Equatable {
    let value: Double
    let isWhole: Bool

    init?(_ text: some StringProtocol) {
        var rest = Array(text.utf8)[...]
        if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        let whole = rest.prefix(while: Self.isDigit)
        guard !whole.isEmpty, whole.count == 1 || whole.first != UInt8(ascii: "0") else { return nil }
        rest = rest.dropFirst(whole.count)
        isWhole = rest.isEmpty
        if !rest.isEmpty {
            guard rest.first == UInt8(ascii: "."), rest.count > 1, rest.dropFirst().allSatisfy(Self.isDigit) else {
                return nil
            }
        }
        guard let value = Double(text), value.isFinite else { return nil }
        self.value = value
    }

    /// The shortest text that parses to the same finite number: no exponent, and no `.0` after a whole number.
    static func text(_ value: Double) -> String {
        let parts = "\(value.magnitude)".split(separator: "e")
        let digits = parts[0].split(separator: ".")
        let whole = String(digits[0])
        let fraction = digits.count > 1 && digits[1] != "0" ? String(digits[1]) : ""
        let sign = value < 0 ? "-" : ""
        guard parts.count > 1, let exponent = Int(parts[1]) else {
            return sign + whole + (fraction.isEmpty ? "" : ".\(fraction)")
        }
        // With an exponent, the mantissa has one digit before the point.
        guard exponent >= 0 else {
            return sign + "0." + String(repeating: "0", count: -exponent - 1) + whole + fraction
        }
        return sign + whole + fraction + String(repeating: "0", count: max(exponent - fraction.count, 0))
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
