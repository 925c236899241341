import Configuration
import Gateway
import Glibc
import Reactor

/// `doctor`: what the gateway needs of this machine, and what to do where it is missing.
enum DoctorCommand {
    static func run(_ options: DoctorOptions) -> ExitStatus {
        let settings = settings(options.configurationFile)
        let inColour = isatty(STDOUT_FILENO) != 0 && getenv("NO_COLOR") == nil
        let card = ReactorRunner.run { Doctor.examine(settings) }
        let answer = StandardStream.printResult(options.isJSON ? card.json : card.text(inColour: inColour))
        return answer == .success && card.isHealthy ? .success : .failure
    }

    private static func settings(_ named: String?) -> Doctor.Settings {
        do {
            let read = try EffectiveConfiguration(named)
            return read.file.map { .file($0, read.configuration) } ?? .defaults(read.configuration)
        } catch {
            return .invalid(EffectiveConfiguration.message(error))
        }
    }
}
