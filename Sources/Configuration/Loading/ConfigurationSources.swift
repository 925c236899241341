/// A configuration file that was read into memory.
package struct ConfigurationText: Equatable, Sendable {
    /// As the person wrote it; messages begin with it.
    package var name: String
    package var bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// A value from the command line.
package struct ConfigurationAssignment: Equatable, Sendable {
    /// The option as it was written, for messages: `--set http.port=80`, `--log-level debug`.
    package var option: String
    package var path: String
    package var value: String

    package init(option: String, path: String, value: String) {
        self.option = option
        self.path = path
        self.value = value
    }
}

/// Everything that may say something about the configuration. What stands later wins: the defaults, the file, the
/// environment, the command line.
package struct ConfigurationSources: Equatable, Sendable {
    package var file: ConfigurationText?
    /// The process's environment; variables without our prefix are not looked at.
    package var environment: [String: String]
    package var assignments: [ConfigurationAssignment]

    package init(
        file: ConfigurationText? = nil, environment: [String: String] = [:],
        assignments: [ConfigurationAssignment] = []
    ) {
        self.file = file
        self.environment = environment
        self.assignments = assignments
    }

    /// The configuration that follows from them, or everything that is wrong with them.
    package func resolve() throws(ConfigurationError) -> Configuration {
        var resolver = ConfigurationResolver()
        if let file { resolver.read(file) }
        resolver.read(environment: environment)
        for assignment in assignments { resolver.read(assignment) }
        resolver.crossCheck()
        if let refusal = resolver.error { throw refusal }
        return resolver.configuration
    }
}
