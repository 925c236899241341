import Foundation
import Testing

@testable import Reactor

@Suite("Small files") struct SmallFileTests {
    @Test("the first bytes of a file are read, and no more")
    func beginning() throws {
        let whole = try SmallFile.read("/proc/self/status", atMost: 1 << 20)
        #expect(whole.starts(with: "Name:".utf8) && whole.count > 100)
        #expect(try SmallFile.read("/proc/self/status", atMost: 7) == Array(whole.prefix(7)))
        #expect(try SmallFile.read("/proc/self/status", atMost: 0) == [])
    }

    @Test("a file that cannot be read is an error, or an empty text")
    func missing() {
        #expect(throws: SystemError("/no/such/file", code: ENOENT)) { try SmallFile.read("/no/such/file", atMost: 9) }
        #expect(throws: SystemError.self) { try SmallFile.read("/proc", atMost: 9) }
        #expect(SmallFile.text("/no/such/file", atMost: 9) == "")
    }

    @Test("a directory is listed without itself and its parent, up to a limit")
    func names() {
        let names = Directory.names(in: "/proc/self")
        #expect(names.contains("status") && names.contains("fd") && !names.contains(".") && !names.contains(".."))
        #expect(Directory.names(in: "/proc/self", atMost: 3).count == 3)
        #expect(Directory.names(in: "/no/such/place") == [])
    }

    @Test("the directory of a file", arguments: [("/a/b/c", "/a/b"), ("/a", "/"), ("a/b", "a"), ("a", ".")])
    func directory(file: String, directory: String) {
        #expect(Directory.path(of: file) == directory)
    }
}

@Suite("Replacing small files") struct SmallFileReplacementTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("small-\(UUID().uuidString)")
        .path
    private var path: String { "\(folder)/file" }

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func remove() { try? FileManager.default.removeItem(atPath: folder) }

    private func mode(of path: String) -> mode_t {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_mode : 0
    }

    @Test("the new content and its permissions replace the old ones, and nothing else stays behind")
    func replacement() throws {
        defer { remove() }
        let long = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
        try SmallFile.replace(path, with: long, mode: 0o600)
        #expect(try SmallFile.read(path, atMost: 1 << 20) == long)
        #expect(mode(of: path) == S_IFREG | 0o600)
        try SmallFile.replace(path, with: [1, 2], mode: 0o400)
        #expect(try SmallFile.read(path, atMost: 9) == [1, 2])
        #expect(mode(of: path) == S_IFREG | 0o400)
        #expect(Directory.names(in: folder) == ["file"])
    }

    @Test("the new file is prepared before it has content or the name")
    func preparation() throws {
        defer { remove() }
        var sizes: [off_t] = []
        try SmallFile.replace(path, with: [1], mode: 0o600) { descriptor in
            var status = stat()
            if fstat(descriptor, &status) == 0 { sizes.append(status.st_size) }
            #expect(mode(of: path) == 0)
        }
        #expect(sizes == [0] && mode(of: path) != 0)
    }

    @Test("what an ended process has left is replaced, and a link is not followed")
    func remains() throws {
        defer { remove() }
        let other = "\(folder)/other"
        try SmallFile.replace(other, with: [9], mode: 0o600)
        symlink(other, "\(path).new")
        try SmallFile.replace(path, with: [1], mode: 0o600)
        #expect(try SmallFile.read(other, atMost: 9) == [9])
        #expect(mode(of: path) == S_IFREG | 0o600 && Directory.names(in: folder).sorted() == ["file", "other"])
    }

    @Test("a failure leaves the old file and no temporary one")
    func failure() throws {
        defer { remove() }
        mkdir(path, 0o700)
        #expect(throws: SystemError("rename \(path).new", code: EISDIR)) {
            try SmallFile.replace(path, with: [1], mode: 0o600)
        }
        #expect(Directory.names(in: folder) == ["file"] && mode(of: path) == S_IFDIR | 0o700)
        #expect(throws: SystemError("open \(folder)/no/file.new", code: ENOENT)) {
            try SmallFile.replace("\(folder)/no/file", with: [1], mode: 0o600)
        }
    }
}
