import Glibc
import Reactor

/// The directory for persistent state.
package enum StateDirectory {
    /// Returns its path, and creates it if needed: the configured one, otherwise that of systemd, otherwise the user's own.
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

    /// Its path, whether it exists or not.
    package static func path(_ configured: String) -> String { configured.isEmpty ? defaultPath : configured }

    /// The path for a command that reads or changes the state of a gateway: as root it is that of the service if there is
    /// one, because the service's user has no shell.
    package static func pathForCommand(_ configured: String) -> String {
        let isRoot = configured.isEmpty && geteuid() == 0 && environmentVariable("STATE_DIRECTORY") == nil
        return isRoot && access(service, W_OK) == 0 ? service : path(configured)
    }

    /// Gives a file that root creates to the owner of its directory, the gateway's user.
    static func setOwner(of descriptor: Int32, at path: String) {
        var folder = stat()
        guard geteuid() == 0, stat(Directory.path(of: path), &folder) == 0 else { return }
        fchown(descriptor, folder.st_uid, folder.st_gid)
    }

    /// The path of `StateDirectory=` in the unit.
    private static let service = "/var/lib/leadville-gateway"

    private static var defaultPath: String {
        // systemd gives a list when a unit has several; the first is ours.
        if let assigned = environmentVariable("STATE_DIRECTORY")?.split(separator: ":").first {
            return String(assigned)
        }
        if let state = environmentVariable("XDG_STATE_HOME") { return "\(state)/leadville-gateway" }
        if let home = environmentVariable("HOME") { return "\(home)/.local/state/leadville-gateway" }
        return service
    }

    private static func environmentVariable(_ name: String) -> String? {
        guard let value = getenv(name), value.pointee != 0 else { return nil }
        return String(cString: value)
    }
}
