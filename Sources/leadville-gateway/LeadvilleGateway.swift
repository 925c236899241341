import Configuration
import Glibc

/// The program's entry point; dispatches to the commands.
@main
struct LeadvilleGateway {
    static func main() {
        exit(status().rawValue)
    }

    private static func status() -> ExitStatus {
        let command: ParsedCommand
        do throws(UsageError) {
            command = try CommandLineParser.parse(Array(CommandLine.arguments.dropFirst()))
        } catch {
            return HelpCommand.run(after: error)
        }
        switch command {
        case .checkConfig(let file): return CheckConfigCommand.run(file: file)
        case .defaultConfig: return DefaultConfigCommand.run()
        case .scan(let options): return ScanCommand.run(options)
        case .doctor(let options): return DoctorCommand.run(options)
        case .diagnose(let options): return DiagnoseCommand.run(options)
        case .decode(let options): return DecodeCommand.run(options)
        case .explain(let options): return ExplainCommand.run(options)
        case .importLeadVille(let options): return ImportCommand.run(options)
        case .listen(let options): return ListenCommand.run(options)
        case .store(let options): return StoreCommand.run(options)
        case .man: return StandardStream.printResult(ManualPage.text())
        case .completion(let shell): return StandardStream.printResult(ShellCompletion.script(for: shell))
        case .tlsInit(let options): return TLSCommand.run(options)
        case .token(let options): return TokenCommand.run(options)
        case .accessPoint(let options): return AccessPointCommand.run(options)
        case .version: return VersionCommand.run()
        case .help(let topic): return HelpCommand.run(about: topic)
        case .simulateHeart(let options): return SimulateHeartCommand.run(options)
        case .simulate(let options): return SimulateDeviceCommand.run(options)
        case .run(let options): return RunCommand.run(options)
        }
    }
}
