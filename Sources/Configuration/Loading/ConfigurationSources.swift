import Glibc

/// The contents of a configuration file.
package struct ConfigurationText: Equatable, Sendable {
    /// The path as the user wrote it; messages begin with it.
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

/// All sources of a configuration, in ascending order of precedence: defaults, file, environment, command line.
package struct ConfigurationSources: Equatable, Sendable {
    package var file: ConfigurationText?
    /// The process's environment; variables without our prefix are ignored.
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

    /// Resolves the configuration, or throws all errors in it.
    package func resolve() throws(ConfigurationError) -> Configuration { try resolveWithOrigins().configuration }

    /// The same, with the source of each value.
    package func resolveWithOrigins() throws(ConfigurationError) -> ResolvedConfiguration {
        var resolver = ConfigurationResolver()
        if let file { resolver.read(file) }
        resolver.read(environment: environment)
        for assignment in assignments { resolver.read(assignment) }
        resolver.crossCheck()
        if let error = resolver.error { throw error }
        return ResolvedConfiguration(resolver.configuration, origins: resolver.origins, file: file?.name)
    }
}

/// A configuration, and where its values come from.
package struct ResolvedConfiguration: Equatable, Sendable {
    package let configuration: Configuration
    /// By the path of the setting; values that are not here are defaults.
    package let origins: [String: ConfigurationOrigin]
    /// The file that was read.
    package let file: String?

    package init(_ configuration: Configuration, origins: [String: ConfigurationOrigin] = [:], file: String? = nil) {
        self.configuration = configuration
        self.origins = origins
        self.file = file
    }
}

/// Reads a configuration file of limited size.
package enum ConfigurationFile {
    package static let maximumBytes = 256 << 10
    /// The file of the installed service.
    package static let installed = "/etc/leadville-gateway.yaml"

    package enum ReadError: Error, Equatable, CustomStringConvertible {
        /// - Parameter reason: the system's error message.
        case unreadable(path: String, reason: String)
        case tooLong(path: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
            case .tooLong(let path): "\(path): larger than \(maximumBytes) bytes"
            }
        }
    }

    /// Blocks while it reads; for start and reload only.
    package static func read(_ path: String) throws(ReadError) -> ConfigurationText {
        // A named pipe without a writer must not block the start.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (isInherited(path) ? 0 : O_NONBLOCK))
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: reason()) }
        defer { close(descriptor) }
        if !isInherited(path), let kind = specialKind(of: descriptor) {
            throw .unreadable(path: path, reason: "it is \(kind), not a regular file")
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count == 0 { return ConfigurationText(name: path, bytes: bytes) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .unreadable(path: path, reason: reason())
            }
            bytes += chunk[..<count]
            guard bytes.count <= maximumBytes else { throw .tooLong(path: path) }
        }
    }

    /// A descriptor that the caller has opened: `check-config /dev/stdin`, or the shell's `<(command)`. It may be a pipe.
    private static func isInherited(_ path: String) -> Bool {
        path == "/dev/stdin" || path.hasPrefix("/dev/fd/") || path.hasPrefix("/proc/self/fd/")
    }

    /// Nil for regular files, and for directories, whose reading fails with a clear reason.
    private static func specialKind(of descriptor: Int32) -> String? {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { return nil }
        switch info.st_mode & S_IFMT {
        case S_IFREG, S_IFDIR: return nil
        case S_IFIFO: return "a named pipe"
        case S_IFCHR, S_IFBLK: return "a device"
        default: return "a special file"
        }
    }

    private static func reason() -> String {
        String(cString: strerror(errno))
    }
}
