/// The completion script for zsh.
enum ZshCompletion {
    static func lines() -> [String] {
        // One long sum takes the compiler too long.
        var lines = [
            "#compdef \(HelpText.programName)", ShellCompletion.origin(.zsh), "", "_leadville-gateway() {",
            "    local -a names", "    if ((CURRENT == 2)); then", "        names=(",
        ]
        lines += CommandName.topLevel.map { "            \(description($0))" }
        lines += [
            "        )", "        _describe command names", "        return", "    fi", "    local command=$words[2]",
            "    shift words", "    ((CURRENT--))",
        ]
        lines += groups
        lines.append("    case $command in")
        lines += ShellCompletion.commands.flatMap(arguments)
        lines += ["    esac", "}", "", #"_leadville-gateway "$@""#]
        return lines
    }

    /// Completes the second word of a command.
    private static var groups: [String] {
        ShellCompletion.groups.flatMap { group in
            var lines = [
                "    if [[ $command == \(group.rawValue) ]]; then", "        if ((CURRENT == 2)); then",
                "            names=(",
            ]
            lines += group.subcommands.map { "            \(description($0))" }
            lines += [
                "            )", "            _describe command names", "            return", "        fi",
                #"        command+=" $words[2]""#, "        shift words", "        ((CURRENT--))", "    fi",
            ]
            return lines
        }
    }

    private static func arguments(_ command: CommandSpecification) -> [String] {
        let options = command.allOptions.map { option in
            let value = option.valueName.map { ":\(escaped($0)):\(action(option.candidates))" } ?? ""
            let name = "\(option.canRepeat ? "*" : "")--\(option.name)\(value.isEmpty ? "" : "=")"
            return "\(name)[\(escaped(ShellCompletion.brief(option.documentation)))]\(value)"
        }
        let operands = command.allOperands.map { ":\($0):\(action(CommandSpecification.candidates(operand: $0)))" }
        let specifications = (options + operands).map { " \\\n                \(ShellCompletion.quoted($0))" }
        return [
            "        \(ShellCompletion.quoted(command.name.rawValue)))",
            "            _arguments" + specifications.joined(),
            "            ;;",
        ]
    }

    private static func action(_ candidates: CompletionCandidates) -> String {
        switch candidates {
        case .nothing: " "
        case .files: "_files"
        case .keys: "(\(CompletionCandidates.keyWords.joined(separator: " ")))"
        case .words(let words): "(\(words.joined(separator: " ")))"
        }
    }

    /// A command with its summary, for `_describe`.
    private static func description(_ command: CommandName) -> String {
        let summary = ShellCompletion.brief(CommandCatalogue.specification(command).summary)
        return ShellCompletion.quoted("\(command.lastWord):\(summary)")
    }

    /// Escapes what has a meaning in a specification of `_arguments`.
    private static func escaped(_ text: String) -> String {
        String(text.flatMap { "[]:\\".contains($0) ? ["\\", $0] : [$0] })
    }
}
