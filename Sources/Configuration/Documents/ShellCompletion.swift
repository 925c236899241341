import Devices

/// Scripts with which a shell completes the command line. The catalogue of commands is their source.
package enum ShellCompletion {
    package static func script(for shell: Shell) -> String {
        let lines =
            switch shell {
            case .bash: BashCompletion.lines()
            case .zsh: ZshCompletion.lines()
            case .fish: FishCompletion.lines()
            }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The comment in which each script names its origin.
    static func origin(_ shell: Shell) -> String {
        "# Completes the command line of \(HelpText.programName). Created by: \(HelpText.programName) completion \(shell.rawValue)"
    }

    /// The commands that take arguments, with their specifications.
    static var commands: [CommandSpecification] {
        CommandName.allCases.filter(\.subcommands.isEmpty).map(CommandCatalogue.specification)
    }

    /// The commands whose second word is a command as well.
    static var groups: [CommandName] { CommandName.topLevel.filter { !$0.subcommands.isEmpty } }

    /// The first sentence, without its full stop.
    static func brief(_ text: String) -> String {
        let characters = Array(text)
        let end = characters.indices.first { index in
            characters[index] == "." && (index + 1 == characters.count || characters[index + 1] == " ")
        }
        return String(characters[..<(end ?? characters.count)])
    }

    /// In single quotes, as bash, zsh and other shells of that family read it.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}

/// What a shell suggests for an operand or the value of an option.
enum CompletionCandidates: Equatable {
    case nothing, files
    /// `KEY=` for each key of the configuration.
    case keys
    case words([String])

    static var keyWords: [String] { Schema.gateway.settings.map { "\($0.path)=" } }
}

extension OptionSpecification {
    var candidates: CompletionCandidates {
        switch valueName {
        case "FILE": .files
        case "KEY=VALUE": .keys
        default: choices.isEmpty ? .nothing : .words(choices)
        }
    }
}

extension CommandSpecification {
    /// The names of all operands, in their order.
    var allOperands: [String] { operands + optionalOperands }

    static func candidates(operand: String) -> CompletionCandidates {
        switch operand {
        case "FILE": .files
        case "DEVICE": .words(DeviceDrivers.decodable.map(\.family.rawValue))
        case "SHELL": .words(Shell.names)
        case "COMMAND": .words(CommandName.topLevel.map(\.rawValue))
        default: .nothing
        }
    }
}
