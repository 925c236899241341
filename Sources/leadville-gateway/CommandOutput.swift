import Glibc
import Reactor

/// The output of another program.
enum CommandOutput {
    /// Runs a program from the search path and returns what it writes, errors included; nothing after the limit.
    static func of(_ arguments: [String], atMost limit: Int) throws(SystemError) -> String {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw SystemError("pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let output = OwnedDescriptor(adopting: ends[0])
        let child: pid_t
        do {
            // The program's end is closed here, so that the output ends with the program.
            let input = OwnedDescriptor(adopting: ends[1])
            child = try start(arguments, writingTo: input.number)
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(output.number, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk.prefix(min(count, limit - bytes.count))
        }
        while waitpid(child, nil, 0) < 0, errno == EINTR {}
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func start(_ arguments: [String], writingTo descriptor: Int32) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for stream in [STDOUT_FILENO, STDERR_FILENO] { posix_spawn_file_actions_adddup2(&actions, descriptor, stream) }
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var child = pid_t()
        let code = posix_spawnp(&child, arguments[0], &actions, nil, &pointers, environ)
        guard code == 0 else { throw SystemError(arguments[0], code: code) }
        return child
    }
}
