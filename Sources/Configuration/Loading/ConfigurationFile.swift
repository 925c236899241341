import Glibc

/// Reads a configuration file, and no more of it than a configuration can be long.
package enum ConfigurationFile {
    package static let maximumBytes = 256 << 10

    package enum ReadError: Error, Equatable, CustomStringConvertible {
        /// In the system's words.
        case unreadable(path: String, reason: String)
        case tooLong(path: String)

        package var description: String {
            switch self {
            case .unreadable(let path, let reason): "\(path): cannot be read: \(reason)"
            case .tooLong(let path): "\(path): longer than \(maximumBytes) bytes, which no configuration is"
            }
        }
    }

    /// Blocks while it reads; for the start of the program and for a reload.
    package static func read(_ path: String) throws(ReadError) -> ConfigurationText {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: reason()) }
        defer { close(descriptor) }
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

    private static func reason() -> String {
        String(cString: strerror(errno))
    }
}
