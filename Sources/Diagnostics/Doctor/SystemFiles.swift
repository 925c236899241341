import Glibc
import Reactor

/// Reads small system files. A missing or unreadable file is empty.
enum SystemFiles {
    static func text(_ path: String, atMost limit: Int = 256 << 10) -> String { SmallFile.text(path, atMost: limit) }

    /// The first line of a file.
    static func word(_ path: String) -> String {
        String(text(path, atMost: 256).prefix { $0 != "\n" })
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func names(in directory: String) -> [String] { Directory.names(in: directory).sorted() }

    /// The directory itself, or its nearest existing ancestor.
    static func nearest(_ directory: String) -> String {
        var directory = directory
        while !exists(directory), let slash = directory.lastIndex(of: "/"), slash != directory.startIndex {
            directory = String(directory[..<slash])
        }
        return exists(directory) ? directory : "/"
    }

    /// Whether another user may create files in a directory, by its mode. True for an unknown user.
    static func mayWrite(_ directory: String, user name: String) -> Bool {
        guard let user = text("/etc/passwd").split(separator: "\n").first(where: { $0.hasPrefix("\(name):") }) else {
            return true
        }
        let numbers = user.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).prefix(2).map {
            UInt32($0)
        }
        var facts = stat()
        guard numbers.count == 2, let uid = numbers[0], let gid = numbers[1], stat(directory, &facts) == 0 else {
            return true
        }
        let needed: UInt32 = facts.st_uid == uid ? 0o300 : facts.st_gid == gid ? 0o030 : 0o003
        return uid == 0 || facts.st_mode & needed == needed
    }

    /// The target of a symbolic link.
    static func target(_ path: String) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let count = readlink(path, &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// The visible processes of the machine.
struct RunningProcesses: Sendable {
    struct Process: Hashable, Sendable {
        let id: Int32
        /// The kernel's comm: up to 15 characters.
        let name: String
    }

    let all: [Process]

    init(_ all: [Process]) { self.all = all }

    init() {
        all = SystemFiles.names(in: "/proc").compactMap { Int32($0) }.map { id in
            Process(id: id, name: SystemFiles.word("/proc/\(id)/comm"))
        }
    }

    func named(_ name: String) -> Process? { all.first { $0.name == String(name.prefix(15)) } }

    /// The process that has a socket open; nil if none is visible.
    func owner(ofSocket inode: UInt64) -> Process? {
        all.first { process in
            SystemFiles.names(in: "/proc/\(process.id)/fd").contains {
                SystemFiles.target("/proc/\(process.id)/fd/\($0)") == "socket:[\(inode)]"
            }
        }
    }
}

/// Linux capabilities.
struct Capabilities: OptionSet, Hashable, Sendable {
    let rawValue: UInt64

    static let networkAdministration = Self(rawValue: 1 << 12)

    /// Parses `/proc/PID/status`.
    static func effective(_ status: String) -> Self {
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let digits = line?.dropFirst("CapEff:".count).drop { $0 == "\t" || $0 == " " } ?? ""
        return Self(rawValue: UInt64(digits, radix: 16) ?? 0)
    }
}
