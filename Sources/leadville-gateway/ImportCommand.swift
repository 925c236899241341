import Configuration
import Gateway
import Reactor
import ShootingRange

/// `import-leadville`: takes stages, devices and assignments over from LeadVille's database.
enum ImportCommand {
    static func run(_ options: ImportOptions) -> ExitStatus {
        let configuration: Configuration
        do {
            configuration = try EffectiveConfiguration(options.configurationFile).configuration
        } catch {
            return StandardStream.fail(EffectiveConfiguration.message(error))
        }
        let result: Result<StageService.ImportSummary, ImportFailure> = ReactorRunner.run {
            do {
                return .success(try await LeadVilleImporter.run(options.file, configuration))
            } catch {
                return .failure(ImportFailure(text: "\(error)"))
            }
        }
        switch result {
        case .success(let summary): return StandardStream.printResult(text(summary, options.file))
        case .failure(let failure): return StandardStream.fail(failure.text)
        }
    }

    private struct ImportFailure: Error {
        let text: String
    }

    private static func text(_ summary: StageService.ImportSummary, _ file: String) -> String {
        let lines =
            [
                "Imported from \(file):",
                "  stages: \(summary.stages), of which \(summary.newStages) are new",
                "  devices: \(summary.devices), of which \(summary.newDevices) are new",
                "  assignments: \(summary.assignments)",
            ] + summary.warnings.map { "  left out: \($0)" }
        return lines.joined(separator: "\n") + "\n"
    }
}
