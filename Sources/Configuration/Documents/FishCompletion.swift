/// The completion script for fish.
enum FishCompletion {
    private static let condition = "__leadville_gateway_command"

    static func lines() -> [String] {
        var lines = [
            ShellCompletion.origin(.fish), "", "# Whether the command line begins with this command.",
            "function \(condition)", "    set -l words (commandline -opc)", "    set -e words[1]",
            "    set -l count (count $argv)", "    test (count $words) -ge $count",
            #"    and test "$words[1..$count]" = "$argv""#,
            "end", "", "# Whether this word of the command line is next.", "function __leadville_gateway_word",
            "    test (count (commandline -opc)) -eq $argv[1]", "end", "", complete("-f"),
        ]
        lines += CommandName.topLevel.map { name("__leadville_gateway_word 1", $0) }
        for group in ShellCompletion.groups {
            lines += group.subcommands.map {
                name("\(condition) \(group.rawValue); and __leadville_gateway_word 2", $0)
            }
        }
        for command in ShellCompletion.commands {
            let isThis = "\(condition) \(command.name.rawValue)"
            lines += command.allOptions.map { option($0, isThis) }
            let operands = Set(command.allOperands.map { action(CommandSpecification.candidates(operand: $0)) })
            lines += operands.filter { !$0.isEmpty }.sorted().map { complete("-n \(quoted(isThis)) \($0)") }
        }
        return lines
    }

    private static func option(_ option: OptionSpecification, _ condition: String) -> String {
        var words = "-n \(quoted(condition)) -l \(option.name)"
        if option.valueName != nil {
            let action = action(option.candidates)
            words += action == "-F" ? " -r -F" : " -x" + (action.isEmpty ? "" : " \(action)")
        }
        return complete("\(words) -d \(quoted(ShellCompletion.brief(option.documentation)))")
    }

    private static func action(_ candidates: CompletionCandidates) -> String {
        switch candidates {
        case .nothing: ""
        case .files: "-F"
        case .keys: "-a \(quoted(CompletionCandidates.keyWords.joined(separator: " ")))"
        case .words(let words): "-a \(quoted(words.joined(separator: " ")))"
        }
    }

    private static func name(_ condition: String, _ command: CommandName) -> String {
        let summary = ShellCompletion.brief(CommandCatalogue.specification(command).summary)
        return complete("-n \(quoted(condition)) -a \(command.lastWord) -d \(quoted(summary))")
    }

    private static func complete(_ words: String) -> String { "complete -c \(HelpText.programName) \(words)" }

    /// In single quotes, in which fish gives a meaning only to quotes and backslashes.
    private static func quoted(_ text: String) -> String {
        "'" + String(text.flatMap { "'\\".contains($0) ? ["\\", $0] : [$0] }) + "'"
    }
}
