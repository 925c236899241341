import Configuration
import Diagnostics
import Glibc
import Reactor

/// `doctor`: checks what the gateway needs of this machine.
enum DoctorCommand {
    static func run(_ options: DoctorOptions) -> ExitStatus {
        let settings = settings(options.configurationFile)
        let inColour = isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == nil
        let report = ReactorRunner.run { Doctor.examine(settings) }
        let result = StandardStream.printResult(options.isJSON ? report.json : report.text(inColour: inColour))
        return result == .success && report.isHealthy ? .success : .failure
    }

    static func settings(_ named: String?) -> Doctor.Settings {
        do {
            let effective = try EffectiveConfiguration(named)
            return effective.file.map { .file($0, effective.configuration) } ?? .defaults(effective.configuration)
        } catch {
            return .invalid(EffectiveConfiguration.message(error))
        }
    }
}

/// `scan`: lists Bluetooth devices and serial ports.
enum ScanCommand {
    static func run(_ options: ScanOptions) -> ExitStatus {
        var (probing, problem): (Configuration.Serial?, String?)
        do {
            if options.isProbing {
                probing = try EffectiveConfiguration(options.configurationFile).configuration.serial
            }
        } catch {
            // Without a configuration it is unknown which ports may be probed, so none is.
            problem = "no port was probed: \(EffectiveConfiguration.message(error))"
        }
        var report = ReactorRunner.run { [probing] in
            await Scan.run(seconds: options.seconds, adapter: options.adapter, probing: probing)
        }
        if let problem { report.problems.append(problem) }
        for problem in options.isJSON ? [] : report.problems {
            StandardStream.error.write("\(HelpText.programName): \(problem)\n")
        }
        let result = StandardStream.printResult(options.isJSON ? report.json : report.text)
        return result == .success && report.problems.isEmpty ? .success : .failure
    }
}

/// The configuration that diagnostic commands use: the named file, otherwise the service's file if it exists, and the
/// environment.
struct EffectiveConfiguration {
    /// Nil when there is no file, and all values are the defaults.
    let file: String?
    let configuration: Configuration

    init(_ named: String?) throws {
        let installed = access(ConfigurationFile.installed, R_OK) == 0 ? ConfigurationFile.installed : nil
        file = named ?? installed
        configuration = try ConfigurationSources(
            file: file.map { path in try ConfigurationFile.read(path) },
            environment: ProcessEnvironment.variables(), assignments: []
        ).resolve()
    }

    /// The error on one line.
    static func message(_ error: any Error) -> String {
        "\(error)".split(separator: "\n").joined(separator: "; ")
    }
}

/// Runs an asynchronous function on the reactor and stops the loop afterwards.
enum ReactorRunner {
    static func run<Result: Sendable>(_ body: @escaping @ReactorActor @Sendable () async -> Result) -> Result {
        let box = ResultBox<Result>()
        ReactorExecutor.shared.runOnThisThread {
            Task { @ReactorActor in
                box.result = await body()
                EventLoop.shared.stop()
            }
        }
        guard let result = box.result else { preconditionFailure("the loop stopped before its only task finished") }
        return result
    }

    /// Written on the reactor, which runs on this thread, and read after the reactor has stopped.
    private final class ResultBox<Result: Sendable>: Sendable {
        nonisolated(unsafe) var result: Result?
    }
}
