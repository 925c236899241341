/// One key of the configuration: its name, documentation, valid values, field in ``Configuration``, and when a change
/// takes effect. Everything else is derived from it.
package struct Setting: Sendable {
    /// When a new value takes effect in a running gateway.
    package enum Effect: Sendable {
        /// At once.
        case live
        /// After a restart.
        case restart
    }

    /// Dotted: `heart.smoothing.alpha`.
    package let path: String
    package let documentation: String
    package let effect: Effect
    /// The valid values with their unit: `a whole number from 1 to 65535`.
    package let expected: String
    /// A valid value as it is written in the file: the default where it is not empty. Nil where ``expected`` already
    /// names every value.
    package let example: String?
    /// The default as it is written in the file.
    package let defaultText: String

    /// Whether messages must not show the value.
    package let isSecret: Bool

    private let assignment: @Sendable (YAMLNode, inout Configuration) -> ValueError?
    private let copying: @Sendable (Configuration, inout Configuration) -> Void
    private let comparing: @Sendable (Configuration, Configuration) -> Bool
    private let writing: @Sendable (Configuration) -> String

    init<Value: Equatable & Sendable>(
        _ path: String, _ place: any WritableKeyPath<Configuration, Value> & Sendable, _ format: ValueFormat<Value>,
        _ effect: Effect, _ documentation: String
    ) {
        self.path = path
        self.documentation = documentation
        self.effect = effect
        expected = format.expected
        isSecret = format.isSecret
        defaultText = format.write(Configuration()[keyPath: place])
        let showsNothing = format.example == nil || ["\"\"", "[]"].contains(defaultText)
        example = showsNothing ? format.example : defaultText
        assignment = { node, configuration in
            switch format.read(node) {
            case .success(let value):
                configuration[keyPath: place] = value
                return nil
            case .failure(let error): return error
            }
        }
        copying = { source, target in target[keyPath: place] = source[keyPath: place] }
        comparing = { $0[keyPath: place] == $1[keyPath: place] }
        writing = { format.write($0[keyPath: place]) }
    }

    /// The last component of the path.
    package var name: String { String(path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...]) }

    /// The path of the containing section; empty at the top level.
    package var sectionPath: String { String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)]) }

    /// The environment variable that overrides the key: `LEADVILLE_HEART_SMOOTHING_ALPHA`.
    package var environmentVariable: String {
        Self.environmentPrefix + path.uppercased().split(separator: ".").joined(separator: "_")
    }

    package static let environmentPrefix = "LEADVILLE_"

    /// The token that commands present to a running gateway: not a setting.
    package static let tokenVariable = "LEADVILLE_TOKEN"

    /// The valid values, and when a change applies, as sentences.
    package var rules: String {
        let applies = effect == .live ? "Applies at once." : "Applies after a restart."
        return "\(expected.prefix(1).uppercased())\(expected.dropFirst()). \(applies)"
    }

    /// The value in a configuration as it is written in the file.
    package func text(in configuration: Configuration) -> String {
        writing(configuration)
    }

    /// Sets the value, or returns why it is invalid and changes nothing.
    func assign(_ node: YAMLNode, in configuration: inout Configuration) -> ValueError? {
        assignment(node, &configuration)
    }

    func copy(from source: Configuration, to target: inout Configuration) {
        copying(source, &target)
    }

    func isEqual(in left: Configuration, and right: Configuration) -> Bool {
        comparing(left, right)
    }

    /// The message for an invalid value; nil when it was already reported.
    func message(_ error: ValueError) -> String? {
        let hint = error.hint.map { "; \($0)" } ?? ""
        let such = error.part == nil ? example.map { ", such as \($0)" } ?? "" : ""
        let expected = error.part?.expected ?? expected
        switch error.reason {
        case .alreadyReported: return nil
        case .wrongKind:
            return "\(path): expected \(expected)\(such), but found \(error.found)\(hint)"
        case .outOfRange:
            return "\(path): \(error.found) is out of range, expected \(expected)\(such)\(hint)"
        }
    }
}
