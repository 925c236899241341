import Text

/// An invalid command line: what is wrong with it, and the command whose help explains the right usage.
package struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// No command was given.
        case noCommand
        case unknownCommand(String, nearest: String?)
        case missingSubcommand(choices: [String])
        case unknownOption(String, nearest: String?)
        /// An option stands before the command.
        case optionBeforeCommand(String, command: CommandName)
        case missingValue(option: String, valueName: String)
        case unexpectedValue(option: String)
        case repeatedOption(String)
        case missingOperand(String)
        case unexpectedOperand(String)
        case invalidOperand(name: String, found: String, choices: [String], nearest: String?)
        case invalidValue(option: String, found: String, expected: String, hint: String?)
        /// An option that cannot be combined with the other options.
        case inapplicableOption(String, reason: String)
    }

    package var reason: Reason
    package var command: CommandName?

    package init(_ reason: Reason, in command: CommandName? = nil) {
        self.reason = reason
        self.command = command
    }

    /// An option's value that is not among the valid choices.
    package static func invalidChoice(
        _ option: String, _ found: String, among choices: [String], in command: CommandName
    ) -> Self {
        let hint = NearestName.best(for: found, among: choices).map { "did you mean \($0)?" }
        let expected = choices.isEmpty ? "no value, since there are none" : "one of \(choices.joined(separator: ", "))"
        return Self(.invalidValue(option: option, found: found, expected: expected, hint: hint), in: command)
    }

    package var description: String {
        switch reason {
        case .noCommand: "a command is required"
        case .unknownCommand(let name, let nearest):
            "unknown command \(Excerpt.quoted(name))" + Self.suggestion(nearest)
        case .missingSubcommand(let choices):
            "a \(command?.subcommandKind ?? "command") is required: " + choices.joined(separator: ", ")
        case .unknownOption(let option, let nearest):
            "unknown option \(Excerpt.of(option))" + Self.suggestion(nearest)
        case .optionBeforeCommand(let option, let command):
            "the command must come first: leadville-gateway \(command.rawValue) \(Excerpt.of(option))"
        case .missingValue(let option, let valueName):
            "--\(option) needs a value: --\(option) \(valueName), or --\(option)=\(valueName) if the value begins with a dash"
        case .unexpectedValue(let option): "--\(option) takes no value"
        case .repeatedOption(let option): "--\(option) can be given only once"
        case .missingOperand(let name): "\(name) is missing"
        case .unexpectedOperand(let text): "unexpected operand \(Excerpt.quoted(text))"
        case .invalidOperand(let name, let found, let choices, let nearest):
            "\(name): expected one of \(choices.joined(separator: ", ")), but found \(Excerpt.quoted(found))"
                + Self.suggestion(nearest)
        case .inapplicableOption(let option, let reason): "--\(option): \(reason)"
        case .invalidValue(let option, let found, let expected, let hint):
            "--\(option): expected \(expected), but found \(Excerpt.quoted(found))" + (hint.map { "; \($0)" } ?? "")
        }
    }

    private static func suggestion(_ nearest: String?) -> String {
        nearest.map { "; did you mean \($0)?" } ?? ""
    }
}
