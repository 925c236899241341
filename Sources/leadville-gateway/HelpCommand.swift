import Configuration

/// `help`, `--help`, and what to say to a command line that was not understood.
enum HelpCommand {
    static func run(about command: CommandName?) -> ExitStatus {
        StandardStream.printResult(HelpText.text(command))
    }

    static func run(after error: UsageError) -> ExitStatus {
        guard error.reason != .noCommand else {
            StandardStream.error.write(HelpText.text(nil))
            return .usage
        }
        let help = ["help", error.command?.rawValue].compactMap { $0 }.joined(separator: " ")
        StandardStream.error.write(
            "\(HelpText.programName): \(error)\nSee: \(HelpText.programName) \(help)\n")
        return .usage
    }
}
