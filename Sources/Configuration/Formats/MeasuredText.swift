/// A number and its unit as people write them: `10 s`, `1.5MiB`, or the number alone.
struct MeasuredText: Equatable {
    let number: Double
    /// Empty when there was only a number.
    let unit: String

    init?(_ text: String) {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-") }
        guard let number = DecimalNumber(digits) else { return nil }
        self.number = number.value
        unit = String(text[digits.endIndex...].drop { $0 == " " })
    }
}

/// The units of one kind of measure, from the largest to the smallest.
struct MeasureUnits: Sendable {
    struct Unit: Sendable {
        let name: String
        let size: Int64
    }

    let units: [Unit]
    /// How many smallest steps a number without a unit stands for.
    let bare: Int64

    static let time = Self(
        units: [
            Unit(name: "d", size: 86_400_000_000_000), Unit(name: "h", size: 3_600_000_000_000),
            Unit(name: "min", size: 60_000_000_000), Unit(name: "s", size: 1_000_000_000),
            Unit(name: "ms", size: 1_000_000), Unit(name: "us", size: 1_000), Unit(name: "ns", size: 1),
        ], bare: 1_000_000_000)

    static let bytes = Self(
        units: [
            Unit(name: "GiB", size: 1 << 30), Unit(name: "MiB", size: 1 << 20), Unit(name: "KiB", size: 1 << 10),
            Unit(name: "B", size: 1),
        ], bare: 1)

    /// The text with the largest unit that needs no fraction.
    func text(_ count: Int64) -> String {
        let zero = units.first { $0.size == bare }
        let unit = count == 0 ? zero : units.first { count.isMultiple(of: $0.size) }
        return unit.map { "\(count / $0.size) \($0.name)" } ?? "\(count)"
    }

    /// How many smallest steps a text stands for, perhaps with a fraction; nil for a unit that does not exist.
    func count(_ text: MeasuredText) -> Double? {
        let size = text.unit.isEmpty ? bare : units.first { $0.name == text.unit }?.size
        return size.map { text.number * Double($0) }
    }

    var names: String {
        let names = units.reversed().map(\.name)
        return names.dropLast().joined(separator: ", ") + " or " + (names.last ?? "")
    }
}
