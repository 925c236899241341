/// A command line that was not understood: what was wrong with it, and which command's help would have told.
package struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    package enum Reason: Equatable, Sendable {
        /// Nothing was asked for at all.
        case noCommand
        case unknownCommand(String, nearest: String?)
        case missingSubcommand(choices: [String])
        case unknownOption(String, nearest: String?)
        /// An option stands where a command should.
        case optionBeforeCommand(String, command: CommandName)
        case missingValue(option: String, valueName: String)
        case unexpectedValue(option: String)
        case repeatedOption(String)
        case missingOperand(String)
        case unexpectedOperand(String)
        case invalidOperand(name: String, found: String, choices: [String], nearest: String?)
        case invalidValue(option: String, found: String, expected: String, hint: String?)
        /// An option that makes no sense beside the rest.
        case inapplicableOption(String, why: String)
    }

    package var reason: Reason
    package var command: CommandName?

    package init(_ reason: Reason, in command: CommandName? = nil) {
        self.reason = reason
        self.command = command
    }

    /// An option's value that is none of those it can have.
    package static func invalidChoice(
        _ option: String, _ found: String, among choices: [String], in command: CommandName
    ) -> Self {
        let hint = NearestName.best(for: found, among: choices).map { "did you mean \($0)?" }
        let expected = choices.isEmpty ? "nothing, there are none" : "one of \(choices.joined(separator: ", "))"
        return Self(.invalidValue(option: option, found: found, expected: expected, hint: hint), in: command)
    }

    package var description: String {
        switch reason {
        case .noCommand: "say what to do"
        case .unknownCommand(let name, let nearest):
            "there is no command \(Excerpt.quoted(name))" + Self.suggestion(nearest)
        case .missingSubcommand(let choices): "say which: " + choices.joined(separator: ", ")
        case .unknownOption(let option, let nearest):
            "there is no option \(Excerpt.of(option))" + Self.suggestion(nearest)
        case .optionBeforeCommand(let option, let command):
            "a command comes first: leadville-gateway \(command.rawValue) \(Excerpt.of(option))"
        case .missingValue(let option, let valueName):
            "--\(option) needs a value: --\(option) \(valueName), or --\(option)=\(valueName) if it begins with a dash"
        case .unexpectedValue(let option): "--\(option) takes no value"
        case .repeatedOption(let option): "--\(option) can be given only once"
        case .missingOperand(let name): "\(name) is missing"
        case .unexpectedOperand(let text): "\(Excerpt.quoted(text)) is one too many"
        case .invalidOperand(let name, let found, let choices, let nearest):
            "\(name): expected one of \(choices.joined(separator: ", ")), but found \(Excerpt.quoted(found))"
                + Self.suggestion(nearest)
        case .inapplicableOption(let option, let why): "--\(option): \(why)"
        case .invalidValue(let option, let found, let expected, let hint):
            "--\(option): expected \(expected), but found \(Excerpt.quoted(found))" + (hint.map { "; \($0)" } ?? "")
        }
    }

    private static func suggestion(_ nearest: String?) -> String {
        nearest.map { "; did you mean \($0)?" } ?? ""
    }
}
