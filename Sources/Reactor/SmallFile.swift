import Glibc

/// Reads small files, such as those of `/proc` and `/sys`.
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
}

package enum Directory {
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
