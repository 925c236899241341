/// A successfully parsed command line.
package enum ParsedCommand: Equatable, Sendable {
    case run(RunOptions)
    case checkConfig(file: String)
    case defaultConfig
    case scan(ScanOptions)
    case doctor(DoctorOptions)
    case diagnose(DiagnoseOptions)
    case decode(DecodeOptions)
    case explain(ExplainOptions)
    case importLeadVille(ImportOptions)
    case tlsInit(TLSOptions)
    case token(TokenCommandOptions)
    case accessPoint(AccessPointOptions)
    case listen(ListenOptions)
    case store(StoreCommandOptions)
    case simulateHeart(SimulateHeartOptions)
    case simulate(SimulateDeviceOptions)
    case man
    case completion(Shell)
    case version
    /// Help for one command; nil for the overview.
    case help(CommandName?)
}

/// Parses the command line. It has no side effects: the result says what to do.
package enum CommandLineParser {
    /// - Parameter arguments: without the program's name.
    package static func parse(_ arguments: [String]) throws(UsageError) -> ParsedCommand {
        var rest = arguments[...]
        guard let first = rest.popFirst() else { throw UsageError(.noCommand) }
        switch first {
        case "-h", "--help": return .help(nil)
        case "-V", "--version": return .version
        default: break
        }
        if first.hasPrefix("-") { throw misplacedOption(first) }
        var command = try command(first, among: CommandName.topLevel, in: nil)
        if !command.subcommands.isEmpty {
            let choices = command.subcommands
            guard let next = rest.popFirst() else {
                throw UsageError(.missingSubcommand(choices: choices.map(\.rawValue)), in: command)
            }
            if next == "-h" || next == "--help" { return .help(command) }
            command = try Self.command(next, among: choices, in: command)
        }
        if command == .help { return try help(rest) }
        let scanner = try ArgumentScanner(rest, for: CommandCatalogue.specification(command))
        return scanner.asksForHelp ? .help(command) : try interpret(command, scanner)
    }

    private static func interpret(
        _ command: CommandName, _ arguments: ArgumentScanner
    ) throws(UsageError) -> ParsedCommand {
        if let device = command.simulatedDevice {
            return .simulate(try SimulateDeviceOptions(arguments, simulating: device, in: command))
        }
        if case .storeAction(let action) = command { return .store(StoreCommandOptions(action, arguments)) }
        if case .tokenAction(let action) = command { return .token(try TokenCommandOptions(action, arguments)) }
        if case .accessPointAction(let action) = command { return .accessPoint(AccessPointOptions(action, arguments)) }
        return switch command {
        case .run: .run(try RunOptions(arguments))
        case .checkConfig: .checkConfig(file: arguments.operands.first ?? "")
        case .defaultConfig: .defaultConfig
        case .scan: .scan(try ScanOptions(arguments))
        case .doctor: .doctor(DoctorOptions(arguments))
        case .diagnose: .diagnose(try DiagnoseOptions(arguments))
        case .decode: .decode(try DecodeOptions(arguments))
        case .explain: .explain(try ExplainOptions(arguments))
        case .importLeadVille: .importLeadVille(ImportOptions(arguments))
        case .listen: .listen(try ListenOptions(arguments))
        case .tlsInit: .tlsInit(TLSOptions(arguments))
        case .simulateHeart: .simulateHeart(try SimulateHeartOptions(arguments))
        case .man: .man
        case .completion: .completion(try Shell(arguments))
        case .version: .version
        default: .help(command)
        }
    }

    /// Parses the words after `help`, which name a command, as in `help simulate heart`.
    private static func help(_ words: ArraySlice<String>) throws(UsageError) -> ParsedCommand {
        var found: CommandName?
        for word in words where word != "--" {
            if word == "-h" || word == "--help" { return .help(.help) }
            let choices = found?.subcommands ?? CommandName.topLevel
            guard !choices.isEmpty else { throw UsageError(.unexpectedOperand(word), in: .help) }
            found = try command(word, among: choices, in: .help)
        }
        return .help(found)
    }

    private static func command(
        _ word: String, among choices: [CommandName], in parent: CommandName?
    ) throws(UsageError) -> CommandName {
        if let command = choices.first(where: { $0.lastWord == word }) { return command }
        let nearest = NearestName.best(for: word, among: choices.map(\.lastWord))
        let name = choices.first { $0.lastWord == nearest }?.rawValue
        throw UsageError(.unknownCommand(word, nearest: name), in: parent)
    }

    private static func misplacedOption(_ text: String) -> UsageError {
        let name = String(text.dropFirst(2).prefix { $0 != "=" })
        let owner = CommandName.allCases.first { CommandCatalogue.specification($0).option(name) != nil }
        if text.hasPrefix("--"), let owner { return UsageError(.optionBeforeCommand(text, command: owner)) }
        let typed = String(text.drop { $0 == "-" })
        let nearest = NearestName.best(for: typed, among: ["help", "version"])
        return UsageError(.unknownOption(text, nearest: nearest.map { "--\($0)" }))
    }
}
