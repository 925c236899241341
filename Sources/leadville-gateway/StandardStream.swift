import Configuration
import Glibc

/// Where a command writes what a person asked for. Straight to the descriptor: what was written is written, even if the
/// program ends in the next moment.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes a command's whole answer. Where that is not possible (a full disk, a closed descriptor), it says so, and
    /// the command has failed.
    static func printResult(_ text: String) -> ExitStatus {
        let code = output.write(text)
        guard code != 0 else { return .success }
        StandardStream.error.write("\(HelpText.programName): cannot write: \(String(cString: strerror(code)))\n")
        return .failure
    }

    /// Blocks until all of it is taken. Returns 0, or the `errno` with which the rest was refused.
    @discardableResult
    func write(_ text: String) -> Int32 {
        write(Array(text.utf8))
    }

    /// The same for what is text already.
    @discardableResult
    func write(_ bytes: [UInt8]) -> Int32 {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // A terminal that another program left non-blocking.
                var wanted = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
