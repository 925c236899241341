import Configuration
import Reactor

/// Checks everything that the gateway needs from its machine. Changes nothing.
@ReactorActor
package enum Doctor {
    /// Where the configuration comes from.
    package enum Settings: Sendable {
        case defaults(Configuration)
        case file(String, Configuration)
        /// The error in the configuration.
        case invalid(String)
    }

    /// All checks, in the order of the report.
    package nonisolated static let checks: [DoctorCheck] = [
        .bluetooth, .networkPorts, .heartBoards, .serial, .host, .service,
    ]

    package static func examine(_ settings: Settings, checks: [DoctorCheck] = Doctor.checks) -> DoctorReport {
        let context = DoctorContext(settings)
        return DoctorReport(findings: checks.flatMap { $0.run(context) })
    }
}

/// One check of the doctor. `run` examines a part of the machine; each finding that is not good carries advice.
package struct DoctorCheck: Sendable {
    package let name: String
    package let run: @ReactorActor @Sendable (DoctorContext) -> [Finding]

    package init(_ name: String, run: @escaping @ReactorActor @Sendable (DoctorContext) -> [Finding]) {
        self.name = name
        self.run = run
    }
}

/// What several checks need.
package struct DoctorContext: Sendable {
    /// The defaults if the configuration is invalid.
    package let configuration: Configuration
    let settings: HostChecks.Settings
    let processes: RunningProcesses
    let service: ServiceChecks

    init(_ source: Doctor.Settings) {
        switch source {
        case .defaults(let configuration): (self.configuration, settings) = (configuration, .defaults)
        case .file(let file, let configuration): (self.configuration, settings) = (configuration, .valid(file: file))
        case .invalid(let error): (configuration, settings) = (Configuration(), .invalid(error))
        }
        processes = RunningProcesses()
        service = ServiceChecks(processes)
    }
}
