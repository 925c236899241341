import Glibc
import Reactor

/// Where the gateway keeps what must outlive it.
package enum StateDirectory {
    /// As configured; else where systemd assigned one; else the user's own place for such things. Makes it if needed.
    package static func open(_ configured: String) throws(SystemError) -> String {
        let path = self.path(configured)
        let slashes = path.indices.filter { path[$0] == "/" && $0 != path.startIndex } + [path.endIndex]
        for end in slashes {
            let directory = String(path[..<end])
            guard mkdir(directory, 0o750) == 0 || errno == EEXIST else {
                throw SystemError("making the directory \(directory)")
            }
        }
        return path
    }

    /// Where that is, whether it is there or not.
    package static func path(_ configured: String) -> String { configured.isEmpty ? defaultPath : configured }

    private static var defaultPath: String {
        // systemd gives a list when a unit has several; the first is ours.
        if let assigned = environmentVariable("STATE_DIRECTORY")?.split(separator: ":").first {
            return String(assigned)
        }
        if let state = environmentVariable("XDG_STATE_HOME") { return "\(state)/leadville-gateway" }
        if let home = environmentVariable("HOME") { return "\(home)/.local/state/leadville-gateway" }
        return "/var/lib/leadville-gateway"
    }

    private static func environmentVariable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
