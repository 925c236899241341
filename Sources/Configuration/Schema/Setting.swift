/// One key of the configuration, told once: what it is called and means, which values it takes, where it lives in
/// ``Configuration``, and what it takes for a change to count. Everything else is derived from here.
package struct Setting: Sendable {
    /// What happens when a running gateway meets a new value.
    package enum Effect: Sendable {
        /// It applies at once.
        case live
        /// It waits for the next start.
        case restart
    }

    /// Dotted: `heart.smoothing.alpha`.
    package let path: String
    package let documentation: String
    package let effect: Effect
    /// Which values are taken, with their unit: `a whole number from 1 to 65535`.
    package let expected: String
    /// A valid value as it would stand in the file: the default where that shows anything.
    /// Nil where ``expected`` already names every value.
    package let example: String?
    /// The default as it would stand in the file.
    package let defaultText: String

    /// Whether the value must not be shown to whoever reads messages.
    let isSecret: Bool

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
            case .failure(let refusal): return refusal
            }
        }
        copying = { source, target in target[keyPath: place] = source[keyPath: place] }
        comparing = { $0[keyPath: place] == $1[keyPath: place] }
        writing = { format.write($0[keyPath: place]) }
    }

    /// The part of the path behind the last dot.
    package var name: String { String(path[(path.lastIndex(of: ".").map(path.index(after:)) ?? path.startIndex)...]) }

    /// The path of the section that holds it; empty at the top.
    package var sectionPath: String { String(path[..<(path.lastIndex(of: ".") ?? path.startIndex)]) }

    /// The environment variable that overrides it: `LEADVILLE_HEART_SMOOTHING_ALPHA`.
    package var environmentVariable: String {
        Self.environmentPrefix + path.uppercased().split(separator: ".").joined(separator: "_")
    }

    package static let environmentPrefix = "LEADVILLE_"

    /// The value in a configuration as it would stand in the file.
    package func text(in configuration: Configuration) -> String {
        writing(configuration)
    }

    /// Nil when the value was taken; otherwise why not, and then nothing changed.
    func assign(_ node: YAMLNode, in configuration: inout Configuration) -> ValueError? {
        assignment(node, &configuration)
    }

    func copy(from source: Configuration, to target: inout Configuration) {
        copying(source, &target)
    }

    func isEqual(in left: Configuration, and right: Configuration) -> Bool {
        comparing(left, right)
    }

    /// A refusal as a sentence; nil when it was already reported.
    func message(_ refusal: ValueError) -> String? {
        let hint = refusal.hint.map { "; \($0)" } ?? ""
        let such = refusal.part == nil ? example.map { ", such as \($0)" } ?? "" : ""
        let expected = refusal.part?.expected ?? expected
        switch refusal.reason {
        case .alreadyReported: return nil
        case .wrongKind:
            return "\(path): expected \(expected)\(such), but found \(refusal.found)\(hint)"
        case .outOfRange:
            return "\(path): \(refusal.found) is out of range, expected \(expected)\(such)\(hint)"
        }
    }
}
