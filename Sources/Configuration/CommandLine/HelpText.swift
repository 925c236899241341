/// Help for the program and its commands, for a terminal of at least 100 columns.
package enum HelpText {
    package static let programName = "leadville-gateway"
    private static let width = 96

    package static func text(_ command: CommandName?) -> String {
        let lines = command.map { self.lines(CommandCatalogue.specification($0)) } ?? overview
        return lines.joined(separator: "\n") + "\n"
    }

    private static let overviewExamples: [CommandSpecification.Example] = [
        .init("run --demo", "runs with virtual devices, without any hardware"),
        .init("run --help", "explains a command, and every configuration key"),
    ]

    static let exitStatus = """
        The exit status is 0 on success, 1 when the command failed, 2 when the command line is invalid, and 78 when the \
        configuration of `run` is invalid.
        """

    private static var overview: [String] {
        var lines = ["LeadVille Gateway: receives sensor data and serves it live over HTTP and WebSocket.", ""]
        lines += ["Usage: \(programName) COMMAND [OPTION]...", "", "Commands:"]
        lines += commands(CommandName.allCases.filter(\.subcommands.isEmpty))
        lines += ["", "Examples:"]
        lines += overviewExamples.flatMap(example)
        lines.append("")
        lines += WrappedText.lines(exitStatus, width: width)
        return lines
    }

    private static func lines(_ command: CommandSpecification) -> [String] {
        let subcommands = command.name.subcommands
        var lines = [command.summary, "", "Usage: \(programName) \(command.usage)"]
        for paragraph in command.details { lines += [""] + WrappedText.lines(paragraph, width: width) }
        if !subcommands.isEmpty { lines += ["", "Commands:"] + commands(subcommands) }
        if !command.options.isEmpty {
            lines += ["", "Options:"] + table(command.allOptions.map { ($0.usage, $0.documentation) })
        }
        if !command.examples.isEmpty { lines += ["", "Examples:"] + command.examples.flatMap(example) }
        if command.listsSettings { lines += ["", "Configuration keys with their defaults:"] + settings }
        return lines
    }

    private static func commands(_ names: [CommandName]) -> [String] {
        table(names.map { ($0.rawValue, CommandCatalogue.specification($0).summary) })
    }

    private static func example(_ example: CommandSpecification.Example) -> [String] {
        ["  \(programName) \(example.arguments)", "      \(example.explanation)"]
    }

    private static var settings: [String] {
        Schema.gateway.settings.flatMap { setting in
            ["  \(setting.path) = \(setting.defaultText)"]
                + WrappedText.lines(setting.documentation, width: width - 6).map { "      \($0)" }
        }
    }

    /// Formats two columns; the right one is wrapped.
    private static func table(_ rows: [(left: String, right: String)]) -> [String] {
        let column = (rows.map(\.left.count).max() ?? 0) + 4
        return rows.flatMap { row in
            WrappedText.lines(row.right, width: width - column).enumerated().map { index, line in
                let left = "  " + (index == 0 ? row.left : "")
                return left + String(repeating: " ", count: column - left.count) + line
            }
        }
    }
}
