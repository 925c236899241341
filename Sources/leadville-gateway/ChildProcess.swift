import Glibc
import Reactor

/// Runs another program and waits for it. No shell is involved: each argument arrives as it is.
enum ChildProcess {
    struct Result {
        /// Its exit status; 128 and the number of the signal that ended it.
        let status: Int32
        let output: String
        let errors: String
    }

    /// - Parameters:
    ///   - program: is searched in PATH.
    ///   - limit: how much is kept of the output and of the errors, in bytes.
    static func run(_ program: String, _ arguments: [String], atMost limit: Int = 64 << 10) throws -> Result {
        let (output, errors) = (try Pipe(limit: limit), try Pipe(limit: limit))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        for (pipe, number) in [(output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
            posix_spawn_file_actions_adddup2(&actions, pipe.write, number)
        }
        // Its messages are read by this program.
        setenv("LC_ALL", "C", 1)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let code = posix_spawnp(&process, program, &actions, nil, words, environ)
        guard code == 0 else { throw SystemError("start \(program)", code: code) }
        let texts = Pipe.readToEnd(output, errors)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemError("wait for \(program)") }
        }
        let signal = status & 0x7F
        return Result(
            status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: texts.output, errors: texts.errors)
    }

    private final class Pipe {
        private let read: OwnedDescriptor
        private(set) var write: Int32
        private var bytes: [UInt8] = []
        private let limit: Int

        init(limit: Int) throws(SystemError) {
            self.limit = limit
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw SystemError("pipe") }
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            read = OwnedDescriptor(adopting: ends[0])
            write = ends[1]
        }

        deinit { closeWrite() }

        /// From then on only the program writes.
        private func closeWrite() {
            if write >= 0 { close(write) }
            write = -1
        }

        /// Reads both together, so that the program never waits for one of them.
        static func readToEnd(_ output: Pipe, _ errors: Pipe) -> (output: String, errors: String) {
            var open = [output, errors]
            for pipe in open { pipe.closeWrite() }
            while !open.isEmpty {
                var waiting = open.map { pollfd(fd: $0.read.number, events: Int16(POLLIN), revents: 0) }
                guard poll(&waiting, nfds_t(waiting.count), -1) >= 0 || errno == EINTR else { break }
                open = zip(open, waiting).filter { $1.revents == 0 || $0.readSome() }.map(\.0)
            }
            return (output.text, errors.text)
        }

        private func readSome() -> Bool {
            var buffer = [UInt8](repeating: 0, count: 4_096)
            let count = Glibc.read(read.number, &buffer, buffer.count)
            if count > 0 { bytes += buffer.prefix(min(count, limit - bytes.count)) }
            return count > 0 || count < 0 && errno == EINTR
        }

        private var text: String {
            var text = String(decoding: bytes, as: UTF8.self)
            while text.last?.isNewline == true { text.removeLast() }
            return text
        }
    }
}
