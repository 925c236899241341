import Configuration

/// `help`, `--help`, and the message after an invalid command line.
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

/// `version`: prints the version, the compiler and the licence.
enum VersionCommand {
    static func run() -> ExitStatus {
        StandardStream.printResult(text + "GPL-3.0-or-later: free software without warranty\n")
    }

    static var text: String { "leadville-gateway \(Version.gateway)\nbuilt with Swift \(compiler)\n" }

    /// Swift offers no compiler version at run time, so each release is tested.
    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #elseif compiler(>=6.1)
            "6.1"
        #else
            "6.0"
        #endif
    }
}

/// `default-config`: prints the annotated default file.
enum DefaultConfigCommand {
    static func run() -> ExitStatus {
        StandardStream.printResult(DefaultFile.text())
    }
}

/// `check-config FILE`: validates a file and lists what it changes.
enum CheckConfigCommand {
    static func run(file: String) -> ExitStatus {
        let configuration: Configuration
        do {
            configuration = try ConfigurationSources(file: ConfigurationFile.read(file)).resolve()
        } catch {
            StandardStream.error.write("\(error)\n")
            return .failure
        }
        let changes = Schema.gateway.changes(from: Configuration(), to: configuration)
        let lines = changes.all.map { "  \($0.path): \($0.after) (default: \($0.before))\n" }
        let summary = lines.isEmpty ? "valid, all keys have their defaults" : "valid, changes these keys:"
        return StandardStream.printResult("\(file): \(summary)\n" + lines.joined())
    }
}
