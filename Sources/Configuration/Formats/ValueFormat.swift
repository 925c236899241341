import Text

/// The textual format of one type of value: what is expected, how it is parsed, how it is written. Parsing the output
/// of `write` gives the same value.
struct ValueFormat<Value: Equatable & Sendable>: Sendable {
    /// Completes "expected …": `a whole number from 1 to 65535`.
    let expected: String
    /// A valid value, for settings whose default is empty. Nil where ``expected`` already names every value.
    let example: String?
    let read: @Sendable (YAMLNode) -> Result<Value, ValueError>
    /// The value as YAML.
    let write: @Sendable (Value) -> String
    /// Whether messages must not show the value.
    var isSecret = false
}

/// Why a value is invalid. The setting adds its name and what it expects.
struct ValueError: Error, Equatable {
    enum Reason: Equatable {
        case wrongKind, outOfRange
        /// The value was already reported as invalid YAML; there is nothing to add.
        case alreadyReported
    }

    var reason: Reason
    /// A description of the value that was found.
    var found: String
    /// The likely fix, as a clause of its own.
    var hint: String?
    /// The position of the invalid element and what was expected there, when only a part of the value is invalid.
    var part: Part?

    struct Part: Equatable {
        var position: YAMLPosition
        var expected: String
    }

    static func wrongKind(_ node: YAMLNode, hint: String? = nil) -> Self {
        if case .invalid = node.content { return Self(reason: .alreadyReported, found: "") }
        return Self(reason: .wrongKind, found: description(of: node), hint: hint)
    }

    static func outOfRange(_ text: String, hint: String? = nil) -> Self {
        Self(reason: .outOfRange, found: Excerpt.of(text), hint: hint)
    }

    private static func description(of node: YAMLNode) -> String {
        switch node.content {
        case .invalid: return ""
        case .sequence: return "a list"
        case .mapping: return "a section"
        case .scalar(let scalar) where scalar.isNull: return "no value"
        case .scalar(let scalar):
            let isBare = DecimalNumber(scalar.text) != nil || ["true", "false"].contains(scalar.text)
            guard isBare else { return "the text \(Excerpt.quoted(scalar.text))" }
            return scalar.style == .quoted
                ? "\(Excerpt.quoted(scalar.text)) in quotes" : Excerpt.of(scalar.text)
        }
    }
}

extension ValueFormat where Value == Bool {
    static var flag: Self {
        Self(expected: "true or false", example: nil) { node in
            guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
            guard scalar.style != .quoted else { return .failure(.wrongKind(node, hint: "remove the quotes")) }
            switch scalar.text {
            case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON": return .success(true)
            case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF": return .success(false)
            default: return .failure(.wrongKind(node))
            }
        } write: {
            $0 ? "true" : "false"
        }
    }
}

extension ValueFormat where Value == Int {
    static func wholeNumber(of unit: String? = nil, in range: ClosedRange<Int>) -> Self {
        let expected = "a whole number\(unit.map { " of \($0)" } ?? "") from \(range.lowerBound) to \(range.upperBound)"
        return Self(expected: expected, example: "\(range.lowerBound)") { node in
            guard case .scalar(let scalar) = node.content, let number = DecimalNumber(scalar.text), number.isWhole
            else { return .failure(.wrongKind(node)) }
            guard scalar.style != .quoted else { return .failure(.wrongKind(node, hint: "remove the quotes")) }
            guard let value = Int(scalar.text), range.contains(value) else {
                return .failure(.outOfRange(scalar.text))
            }
            return .success(value)
        } write: {
            String($0)
        }
    }

    static var port: Self { wholeNumber(in: 1...65535) }
}

extension ValueFormat where Value == Double {
    /// A number up to and including `upper`; `lower` is excluded when `open` is true.
    static func number(
        of unit: String? = nil, from lower: Double, open: Bool = false, to upper: Double
    ) -> Self {
        let edge = open ? "above \(DecimalNumber.text(lower)) and at most" : "from \(DecimalNumber.text(lower)) to"
        return Self(
            expected: "a number \(unit.map { "of \($0) " } ?? "")\(edge) \(DecimalNumber.text(upper))",
            example: DecimalNumber.text(upper)
        ) { node in
            guard case .scalar(let scalar) = node.content, let number = DecimalNumber(scalar.text) else {
                return .failure(.wrongKind(node))
            }
            guard scalar.style != .quoted else { return .failure(.wrongKind(node, hint: "remove the quotes")) }
            guard number.value <= upper, open ? number.value > lower : number.value >= lower else {
                return .failure(.outOfRange(scalar.text))
            }
            return .success(number.value)
        } write: {
            DecimalNumber.text($0)
        }
    }
}

extension ValueFormat where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
    /// One of a fixed set of words.
    static var choice: Self {
        let words = Value.allCases.map(\.rawValue)
        let expected = "one of " + words.dropLast().joined(separator: ", ") + " or " + (words.last ?? "")
        return Self(expected: expected, example: nil) { node in
            guard case .scalar(let scalar) = node.content, let value = Value(rawValue: scalar.text) else {
                guard case .scalar(let scalar) = node.content else { return .failure(.wrongKind(node)) }
                let nearest = NearestName.best(for: scalar.text, among: words)
                return .failure(.wrongKind(node, hint: nearest.map { "did you mean \($0)?" }))
            }
            return .success(value)
        } write: {
            $0.rawValue
        }
    }
}
