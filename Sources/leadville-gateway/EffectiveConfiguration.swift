import Configuration
import Gateway
import Glibc

/// The configuration by which a command looks at the machine: the file that was named, else the service's if there is
/// one, and the environment.
struct EffectiveConfiguration {
    /// Nil when there is none, and everything is as by default.
    let file: String?
    let configuration: Configuration

    init(_ named: String?) throws {
        let installed = access(Doctor.installedFile, R_OK) == 0 ? Doctor.installedFile : nil
        file = named ?? installed
        configuration = try ConfigurationSources(
            file: file.map { path in try ConfigurationFile.read(path) },
            environment: ProcessEnvironment.variables(), assignments: []
        ).resolve()
    }

    /// What was wrong with it, on one line.
    static func message(_ error: any Error) -> String {
        "\(error)".split(separator: "\n").joined(separator: "; ")
    }
}
