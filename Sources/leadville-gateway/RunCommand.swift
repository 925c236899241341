import Configuration
import Gateway
import Glibc

/// `run`: runs the gateway until a signal stops it.
enum RunCommand {
    static func run(_ options: RunOptions) -> ExitStatus {
        Supervisor.run({ try configuration(options) }, withDemo: options.demo) { gateway in
            let width = gateway.addresses.map(\.purpose.count).max() ?? 0
            let lines = gateway.addresses.map { served in
                let gap = String(repeating: " ", count: width - served.purpose.count)
                return "  \(served.purpose)\(gap)  \(served.address)\n"
            }
            StandardStream.output.write("LeadVille Gateway \(Version.gateway) serves:\n" + lines.joined())
        }
        return .success
    }

    private static func configuration(_ options: RunOptions) throws -> ResolvedConfiguration {
        try ConfigurationSources(
            file: options.configurationFile.map { path in try ConfigurationFile.read(path) },
            environment: ProcessEnvironment.variables(), assignments: options.assignments
        ).resolveWithOrigins()
    }
}

/// The environment variables of this process.
enum ProcessEnvironment {
    static func variables() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }
}
