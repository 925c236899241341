import Glibc

/// Reads small files, such as those of `/proc` and `/sys`, and replaces those of the gateway.
package enum SmallFile {
    /// The first bytes of a file, at most `limit`.
    /// - Parameter waits: whether to wait for the bytes of a pipe, such as standard input.
    package static func read(_ path: String, atMost limit: Int, waits: Bool = false) throws(SystemError) -> [UInt8] {
        let flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | (waits ? 0 : O_NONBLOCK)
        let file = try OwnedDescriptor(open(path, flags), from: path)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 16 << 10))
        while bytes.count < limit {
            let count = Glibc.read(file.number, &chunk, min(chunk.count, limit - bytes.count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemError(path) }
            if count == 0 { break }
            bytes += chunk.prefix(count)
        }
        return bytes
    }

    /// The same as text; empty if the file cannot be read.
    package static func text(_ path: String, atMost limit: Int) -> String {
        String(decoding: (try? read(path, atMost: limit)) ?? [], as: UTF8.self)
    }

    /// Writes a new file beside the old one and renames it when it is safe on the disk: at any time, and after a power failure,
    /// the path has the whole old content or the whole new one. Two writers of a path have to exclude each other.
    /// - Parameters:
    ///   - mode: the permissions, less those that the process's mask takes away.
    ///   - prepare: is called with the descriptor of the new file, while it is empty.
    package static func replace(
        _ path: String, with bytes: [UInt8], mode: mode_t, prepare: (_ descriptor: Int32) -> Void = { _ in }
    ) throws(SystemError) {
        let temporary = "\(path).new"
        // What a process that was ended has left, or a link that leads elsewhere.
        unlink(temporary)
        do throws(SystemError) {
            try writeSynchronized(bytes, to: temporary, mode: mode, prepare)
            guard rename(temporary, path) == 0 else { throw SystemError("rename \(temporary)") }
        } catch {
            unlink(temporary)
            throw error
        }
        let directory = Directory.path(of: path)
        let folder = try OwnedDescriptor(open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC), from: "open \(directory)")
        // Not every file system supports it; the content is complete in any case.
        fsync(folder.number)
    }

    private static func writeSynchronized(
        _ bytes: [UInt8], to path: String, mode: mode_t, _ prepare: (_ descriptor: Int32) -> Void
    ) throws(SystemError) {
        let file = try OwnedDescriptor(
            open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode), from: "open \(path)")
        prepare(file.number)
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file.number, $0.baseAddress, $0.count) }
            guard count >= 0 || errno == EINTR else { throw SystemError("write \(path)") }
            rest = rest.dropFirst(max(0, count))
        }
        guard fsync(file.number) == 0 else { throw SystemError("write \(path)") }
    }
}

package enum Directory {
    /// The directory of a file.
    package static func path(of file: String) -> String {
        guard let slash = file.lastIndex(of: "/") else { return "." }
        return slash == file.startIndex ? "/" : String(file[..<slash])
    }

    /// The names in a directory, in no order and at most `limit`; none if it cannot be read.
    package static func names(in path: String, atMost limit: Int = 8_192) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while names.count < limit, let entry = readdir(directory) {
            // The name is a C array, which Swift imports as a tuple of 256. The entry may end with the name: by reference,
            // nothing behind its zero is read.
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }
}
