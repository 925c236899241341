import Clocks
import Configuration
import Devices
import Events
import VirtualDevices

/// An accepted configuration survives being written and read again. A rejected one has a limited number of problems,
/// each a printable line with a position in the file.
enum ConfigurationFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let file = ConfigurationText(name: "f", bytes: Array(input))
        switch resolve(file) {
        case .success(let configuration):
            let text = written(configuration)
            let copy = resolve(ConfigurationText(name: "written", bytes: Array(text.utf8)))
            try require(copy == .success(configuration), "\(copy) from:\n\(text)")
        case .failure(let error): try checkProblems(of: error, for: file)
        }
    }

    private static func resolve(_ file: ConfigurationText) -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in try ConfigurationSources(file: file).resolve() }
    }

    private static func checkProblems(of error: ConfigurationError, for file: ConfigurationText) throws {
        try require(!error.problems.isEmpty, "rejected without a problem")
        try require(error.problems.count <= ConfigurationError.maximumProblems, "too many problems")
        for problem in error.problems {
            guard case .file("f", let position) = problem.origin else {
                throw InvariantViolation("not in the file: \(problem)")
            }
            // YAML has several line terminators, each at least one byte long.
            let places = 1...file.bytes.count + 2
            try require(
                places.contains(position.line) && places.contains(position.column), "position out of range: \(problem)")
            try require(PrintableLine.isValid(problem.message), "not a printable line: \(problem)")
        }
    }

    /// Every key with its value.
    private static func written(_ configuration: Configuration) -> String {
        var text = ""
        var open: [Substring] = []
        for setting in Schema.gateway.settings {
            let names = setting.path.split(separator: ".")
            let sections = names.dropLast()
            let common = zip(open, sections).prefix { $0 == $1 }.count
            for (depth, name) in sections.enumerated().dropFirst(common) {
                text += String(repeating: " ", count: depth) + "\(name):\n"
            }
            open = Array(sections)
            let indentation = String(repeating: " ", count: sections.count)
            text += "\(indentation)\(setting.name): \(setting.text(in: configuration))\n"
        }
        return text
    }
}

/// Any arguments, in any encoding, are parsed or rejected with a printable line. Assignments are resolved as well.
enum CommandLineFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let arguments = input.split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let command: ParsedCommand
        do throws(UsageError) {
            command = try CommandLineParser.parse(arguments)
        } catch {
            return try require(PrintableLine.isValid(error.description), "not a printable line: \(error)")
        }
        switch command {
        case .run(let options):
            do throws(ConfigurationError) {
                _ = try ConfigurationSources(assignments: options.assignments).resolve()
            } catch {
                for problem in error.problems {
                    try require(PrintableLine.isValid(problem.description), "not a printable line: \(problem)")
                }
            }
        case .help(let topic): try require(!HelpText.text(topic).isEmpty, "no help for \(String(describing: topic))")
        case .simulateHeart(let options):
            try require(options.rate > 0 && options.users > 0, "no readings: \(options)")
        case .simulate(let options):
            let isEndless = options.duration == nil && options.script == nil && !options.listsFaults
            try require(!(options.isFast && isEndless), "endless simulation: \(options)")
        case .decode(let options):
            let names = DecoderVariant.variants(of: options.device).map(\.name)
            try require(names.contains(options.variant), "unknown variant: \(options)")
        case .scan(let options): try require(options.seconds > 0, "no scan time: \(options)")
        case .explain(let options):
            let port = options.url?.port ?? 1
            try require((1...65_535).contains(port), "invalid port: \(options)")
        case .listen(let options):
            try require(WebSocketURL(options.url.text) == options.url, "read differently: \(options)")
        case .token(let options):
            try require(["read", "operate", "admin"].contains(options.role), "no role: \(options)")
        case .checkConfig, .defaultConfig, .doctor, .diagnose, .importLeadVille, .tlsInit, .store, .accessPoint, .man,
            .completion,
            .version:
            return
        }
    }
}

/// A script is rejected with a printable line, or every device can play it in order.
enum SimulationScriptFuzz {
    /// Enough to reach the first events quickly.
    private static let maximumDeliveries = 50

    static func run(_ input: ArraySlice<UInt8>) throws {
        let script: SimulationScript
        do throws(ScriptError) {
            script = try SimulationScript(parsing: String(decoding: input, as: UTF8.self))
        } catch {
            try require(PrintableLine.isValid(error.description), "not a printable line: \(error)")
            return try require((1...input.count + 1).contains(error.line), "line out of range: \(error)")
        }
        let beeps = script.range.strings.compactMap(\.beep)
        try require(beeps == beeps.sorted(), "out of order: \(beeps)")
        for family in DeviceDrivers.families { try play(script, on: family) }
    }

    private static func play(_ script: SimulationScript, on family: DeviceFamily) throws {
        var device = SimulatedDevice(family, seed: 1)
        device.script = script
        device.horizon = .seconds(10)
        var source: any DeliverySource
        do throws(SimulatedDevice.ScheduleError) {
            source = try device.makeSource()
        } catch {
            return try require(PrintableLine.isValid(error.description), "not a printable line: \(error)")
        }
        var latest = Nanoseconds.zero
        for _ in 0..<maximumDeliveries {
            guard let delivery = source.next() else { return }
            try require(delivery.time >= latest, "\(family) goes back to \(delivery.time) from \(latest)")
            latest = delivery.time
        }
    }
}
