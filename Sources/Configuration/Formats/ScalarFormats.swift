extension ValueFormat where Value == Bool {
    /// A switch.
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
    /// A number up to and including `upper`; `lower` itself is allowed unless it is said to be `open`.
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
    /// One of a few words.
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
