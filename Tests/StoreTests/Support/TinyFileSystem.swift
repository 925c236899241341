import Foundation

/// A small file system in memory, which can be filled and made read-only. Only root can create one.
final class TinyFileSystem {
    let path: String

    /// Whether this process may mount file systems.
    static let isAvailable: Bool = (try? TinyFileSystem(megabytes: 1)) != nil

    init(megabytes: Int) throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("tiny-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        guard mount("tiny", path, "tmpfs", 0, "size=\(megabytes)m") == 0 else {
            try? FileManager.default.removeItem(atPath: path)
            throw CocoaError(.fileWriteNoPermission)
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }

    var database: String { path + "/gateway.db" }

    /// Fills it to the last byte.
    func fill() {
        let file = open(path + "/filling", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        var size = 65_536
        while size > 0 {
            let written = [UInt8](repeating: 0, count: size).withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            if written <= 0 { size /= 2 }
        }
        close(file)
    }

    func freeSpace() {
        unlink(path + "/filling")
    }

    func setReadOnly(_ isReadOnly: Bool) {
        mount("tiny", path, "tmpfs", UInt(MS_REMOUNT | (isReadOnly ? MS_RDONLY : 0)), nil)
    }
}
