import Configuration
import Glibc
import Reactor

/// The standard output or error. Writes are unbuffered, so nothing is lost when the program exits.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes a command's complete result. When that fails (a full disk, a closed descriptor), it prints an error and
    /// returns failure.
    static func printResult(_ text: String) -> ExitStatus {
        printResult(Array(text.utf8))
    }

    static func printResult(_ bytes: [UInt8]) -> ExitStatus {
        let code = output.write(bytes)
        return code == 0 ? .success : fail("cannot write: \(SystemError.text(of: code))")
    }

    /// Prints an error with the program's name in front.
    @discardableResult
    static func fail(_ message: String) -> ExitStatus {
        StandardStream.error.write("\(HelpText.programName): \(message)\n")
        return .failure
    }

    /// Blocks until everything is written. Returns 0, or the `errno` of the failure.
    @discardableResult
    func write(_ text: String) -> Int32 {
        write(Array(text.utf8))
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Int32 {
        Self.write(bytes, to: rawValue)
    }

    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Another program left the terminal in non-blocking mode.
                var writable = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = poll(&writable, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}

/// The program's exit status.
enum ExitStatus: Int32 {
    case success = 0
    /// The command failed.
    case failure = 1
    /// The command line is invalid.
    case usage = 2
}
