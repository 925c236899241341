import Glibc
import Reactor

/// A small file in the state directory that several processes change: each change holds a lock, and replaces the file as
/// a whole. Its calls block.
package struct StateFile: Sendable {
    package let directory: String
    package let name: String
    private static let maximumBytes = 1 << 20

    package init(_ name: String, in directory: String) {
        self.name = name
        self.directory = directory
    }

    package var path: String { "\(directory)/\(name)" }

    /// Nil if the file does not exist.
    package func read() throws(SystemError) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("open \(path)")
        }
        let file = OwnedDescriptor(adopting: descriptor)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(file.number, &chunk, chunk.count)
            if count == 0 { return bytes }
            guard count > 0 else {
                if errno == EINTR { continue }
                throw SystemError("read \(path)")
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= Self.maximumBytes else { throw SystemError("read \(path)", code: EFBIG) }
        }
    }

    /// Replaces the file by what `change` returns; nil leaves it as it is. When this returns, the change is safe on the
    /// disk.
    package func replace(_ change: ([UInt8]?) throws -> [UInt8]?) throws {
        let lock = try OwnedDescriptor(
            open("\(path).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600), from: "open \(path).lock")
        StateDirectory.setOwner(of: lock.number, at: path)
        while flock(lock.number, LOCK_EX) != 0 {
            guard errno == EINTR else { throw SystemError("lock \(path)") }
        }
        guard let bytes = try change(read()) else { return }
        try SmallFile.replace(path, with: bytes, mode: 0o600) { StateDirectory.setOwner(of: $0, at: path) }
    }
}
