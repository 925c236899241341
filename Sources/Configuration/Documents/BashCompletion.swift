/// The completion script for bash.
enum BashCompletion {
    static func lines() -> [String] {
        [[ShellCompletion.origin(.bash)], beginning, commandWords, commandCases, middle, candidateCases, end]
            .flatMap(\.self)
    }

    private static let beginning = [
        "",
        "_leadville_gateway() {",
        "    # Bash takes --option=value apart.",
        "    local words=() word",
        #"    for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do"#,
        #"        if ((${#words[@]})) && [[ $word == = || ${words[-1]} == *= ]]; then"#,
        #"            words[-1]+=$word"#,
        "        else",
        #"            words+=("$word")"#,
        "        fi",
        "    done",
        #"    local current=${words[-1]-}"#,
        #"    unset 'words[-1]'"#,
        "",
        "    # The command, the options that it has, and those that take a value.",
        #"    local command=${words[0]-} first=1 names='' options='--help --version' valued=' '"#,
    ]

    /// Determines the command, which may have two words.
    private static var commandWords: [String] {
        let groups = ShellCompletion.groups.flatMap { group in
            [
                "        \(group.rawValue))",
                "            names=\(ShellCompletion.quoted(words(group.subcommands.map(\.lastWord)))) options='--help'",
                #"            if ((${#words[@]} > 1)); then"#,
                #"                command+=" ${words[1]}" first=2 names=''"#,
                "            fi",
                "            ;;",
            ]
        }
        return [
            "    case $command in",
            "        '') names=\(ShellCompletion.quoted(words(CommandName.topLevel.map(\.rawValue)))) ;;",
        ]
            + groups + ["    esac"]
    }

    private static var commandCases: [String] {
        let cases = ShellCompletion.commands.map { command in
            let options = words(command.allOptions.map { "--\($0.name)" })
            let valued = words(command.options.filter { $0.valueName != nil }.map { "--\($0.name)" })
            let values = valued.isEmpty ? "" : " valued=\(ShellCompletion.quoted(" \(valued) "))"
            return
                "        \(ShellCompletion.quoted(command.name.rawValue))) options=\(ShellCompletion.quoted(options))\(values) ;;"
        }
        return ["    case $command in"] + cases + ["    esac"]
    }

    private static let middle = [
        "",
        "    # The option whose value is next, or the number of operands so far.",
        "    local option='' operands=0 value=$current",
        #"    for word in "${words[@]:first}"; do"#,
        #"        if [[ $option ]]; then"#,
        "            option=''",
        #"        elif [[ $valued == *" $word "* ]]; then"#,
        "            option=$word",
        #"        elif [[ $word != -* ]]; then"#,
        "            operands=$((operands + 1))",
        "        fi",
        "    done",
        #"    if [[ ! $option && $current == --*=* ]]; then"#,
        #"        option=${current%%=*} value=${current#*=}"#,
        "    fi",
        "",
        "    COMPREPLY=()",
        #"    case "$command ${option:-$operands}" in"#,
    ]

    /// What is suggested for each option and operand.
    private static var candidateCases: [String] {
        ShellCompletion.commands.flatMap { command in
            let options = command.options.map { ("--\($0.name)", $0.candidates) }
            let operands = command.allOperands.enumerated().map { index, name in
                ("\(index)", CommandSpecification.candidates(operand: name))
            }
            return (options + operands).compactMap { candidateCase(command, $0.0, $0.1) }
        }
    }

    private static func candidateCase(
        _ command: CommandSpecification, _ place: String, _ candidates: CompletionCandidates
    ) -> String? {
        let names: String
        switch candidates {
        case .nothing: return nil
        case .files: names = "FILES"
        case .keys: names = ShellCompletion.quoted(words(CompletionCandidates.keyWords))
        case .words(let list): names = ShellCompletion.quoted(words(list))
        }
        return "        \(ShellCompletion.quoted("\(command.name.rawValue) \(place)"))) names=\(names) ;;"
    }

    private static let end = [
        "    esac",
        #"    if [[ ! $option && $current == -* ]] || [[ ! $option && ! $names ]]; then"#,
        #"        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")"#,
        #"    elif [[ $names == FILES ]]; then"#,
        "        compopt -o filenames",
        #"        mapfile -t COMPREPLY < <(compgen -f -- "$value")"#,
        "    elif [[ $value != *=* ]]; then",
        #"        mapfile -t COMPREPLY < <(compgen -W "$names" -- "$value")"#,
        #"        [[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace"#,
        "    fi",
        "}",
        "complete -F _leadville_gateway \(HelpText.programName)",
    ]

    private static func words(_ list: [String]) -> String { list.joined(separator: " ") }
}
