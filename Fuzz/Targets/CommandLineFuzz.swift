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
            return try promise(OneLine.holds(error.description), "no line: \(error)")
        }
        switch command {
        case .run(let options):
            do throws(ConfigurationRefusal) {
                _ = try ConfigurationSources(assignments: options.assignments).resolve()
            } catch {
                for problem in error.problems {
                    try promise(OneLine.holds(problem.description), "no line: \(problem)")
                }
            }
        case .help(let topic): try promise(!HelpText.text(topic).isEmpty, "no help about \(String(describing: topic))")
        case .simulateHeart(let options):
            try promise(options.rate > 0 && options.users > 0, "nobody sends: \(options)")
        case .simulate(let options):
            let isEndless = options.duration == nil && options.script == nil && !options.listsFaults
            try promise(!(options.isFast && isEndless), "it would never end: \(options)")
        case .decode(let options):
            let names = DeviceForm.forms(of: options.device).map(\.name)
            try promise(names.contains(options.form), "no such form: \(options)")
        case .scan(let options): try promise(options.seconds > 0, "it would not listen: \(options)")
        case .explain(let options):
            let port = options.url?.port ?? 1
            try promise((1...65_535).contains(port), "no such port: \(options)")
        case .checkConfig, .defaultConfig, .doctor, .version: return
        }
    }
}
