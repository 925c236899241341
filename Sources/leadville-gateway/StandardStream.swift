import Glibc

/// Where a command writes what a person asked for. Straight to the descriptor: what was written is written, even if the
/// program ends in the next moment.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Blocks until all of it is taken. A reader that went away takes nothing more, and nobody is left to be told.
    func write(_ text: String) {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(rawValue, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // A terminal that another program left non-blocking.
                var wanted = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                _ = poll(&wanted, 1, -1)
            } else if errno != EINTR {
                return
            }
        }
    }
}
