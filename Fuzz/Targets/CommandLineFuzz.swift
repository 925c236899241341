import Configuration
import Devices

/// Whatever is typed, in whatever encoding, is understood or refused with a line that a person can read. What the
/// command line assigns is resolved as well.
enum CommandLineFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let arguments = input.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let command: ParsedCommand
        do throws(UsageError) {
            command = try CommandLineParser.parse(arguments)
        } catch {
            return try require(PrintableLine.isValid(error.description), "no line: \(error)")
        }
        switch command {
        case .run(let options):
            do throws(ConfigurationError) {
                _ = try ConfigurationSources(assignments: options.assignments).resolve()
            } catch {
                for problem in error.problems {
                    try require(PrintableLine.isValid(problem.description), "no line: \(problem)")
                }
            }
        case .help(let topic): try require(!HelpText.text(topic).isEmpty, "no help about \(String(describing: topic))")
        case .simulateHeart(let options):
            try require(options.rate > 0 && options.users > 0, "nobody sends: \(options)")
        case .simulate(let options):
            let isEndless = options.duration == nil && options.script == nil && !options.listsFaults
            try require(!(options.isFast && isEndless), "it would never end: \(options)")
        case .decode(let options):
            let names = DecoderVariant.variants(of: options.device).map(\.name)
            try require(names.contains(options.variant), "no such form: \(options)")
        case .scan(let options): try require(options.seconds > 0, "it would not listen: \(options)")
        case .explain(let options):
            let port = options.url?.port ?? 1
            try require((1...65_535).contains(port), "no such port: \(options)")
        case .checkConfig, .defaultConfig, .doctor, .version: return
        }
    }
}
