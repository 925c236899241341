/// How one kind of value is written by people: what is expected, how it is read, how it is written back.
/// Reading what `write` wrote gives the same value.
struct ValueFormat<Value: Equatable & Sendable>: Sendable {
    /// Completes "expected …": `a whole number from 1 to 65535`.
    let expected: String
    /// A valid value, for settings whose default shows nothing. Nil where ``expected`` already names every value.
    let example: String?
    let read: @Sendable (YAMLNode) -> Result<Value, ValueError>
    /// The value as YAML.
    let write: @Sendable (Value) -> String
    /// A value that no message shows.
    var isSecret = false
}

/// Why a value was not taken. The setting adds its name and what it expects.
struct ValueError: Error, Equatable {
    enum Reason: Equatable {
        case wrongKind, outOfRange
        /// The value was refused before anybody looked at its meaning; nothing is left to say.
        case alreadyReported
    }

    var reason: Reason
    /// What stands there, in words.
    var found: String
    /// The likely repair, as a clause of its own.
    var hint: String?
    /// Where in the value, when only a part of it is wrong, and what was expected there.
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
