import CLinux
import Glibc

/// Which group of users a file is for.
enum FileGroup {
    /// What the kernel shows instead of a group that it does not name to a service with users of its own.
    private static let overflow: gid_t = 65_534

    /// The group whose members may read and write the file; nil when its mode lets only its owner, or when the group
    /// cannot be told.
    static func accessGroup(of path: String) -> String? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o060 == 0o060, status.st_gid != overflow else { return nil }
        return name(of: status.st_gid)
    }

    private static func name(of group: gid_t) -> String {
        var entry = Glibc.group()
        var found: UnsafeMutablePointer<Glibc.group>?
        var buffer = [CChar](repeating: 0, count: 4_096)
        guard getgrgid_r(group, &entry, &buffer, buffer.count, &found) == 0, found != nil, let name = entry.gr_name
        else { return String(group) }
        return String(cString: name)
    }
}
