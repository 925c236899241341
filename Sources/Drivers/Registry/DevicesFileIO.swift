import Glibc
import Reactor

/// The file of known devices, for a thread that may wait for the disk.
struct DevicesFileIO: Sendable {
    let path: String

    init(directory: String) {
        path = directory + "/devices.json"
    }

    /// Where a file goes that nobody understands.
    var asidePath: String { path + ".damaged" }

    /// The file's bytes; nil if there is none.
    func read() throws(SystemError) -> [UInt8]? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else {
            if errno == ENOENT { return nil }
            throw SystemError("open \(path)")
        }
        defer { close(number) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        // One byte more than is ever read, so that what is too long is seen to be.
        while bytes.count <= DevicesDocument.maximumBytes {
            let count = Glibc.read(number, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError("reading \(path)") }
            if count == 0 { break }
            bytes += buffer.prefix(count)
        }
        return bytes
    }

    /// Whenever the power goes, either the old file is there or the new one, whole.
    func write(_ bytes: [UInt8]) throws(SystemError) {
        let new = path + ".new"
        let number = open(new, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard number >= 0 else { throw SystemError("open \(new)") }
        defer { close(number) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(number, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw SystemError("writing \(new)") }
            rest = rest.dropFirst(count)
        }
        guard fsync(number) == 0 else { throw SystemError("writing \(new)") }
        guard rename(new, path) == 0 else { throw SystemError("renaming \(new)") }
        syncDirectory()
    }

    /// Keeps a file that nobody understands for somebody who may.
    func moveAside() throws(SystemError) {
        guard rename(path, asidePath) == 0 else { throw SystemError("renaming \(path)") }
    }

    /// The new name is on the disk as well. Where a file system cannot do this, there is nothing else to be done.
    private func syncDirectory() {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let number = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard number >= 0 else { return }
        fsync(number)
        close(number)
    }
}
