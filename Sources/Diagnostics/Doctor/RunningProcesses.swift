import Glibc

/// The processes of the machine, as far as the system lets us see them.
struct RunningProcesses: Sendable {
    struct Process: Hashable, Sendable {
        let id: Int32
        /// Up to 15 letters of its name.
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

    /// Who has a socket open; nil when nobody can be seen to.
    func owner(ofSocket inode: UInt64) -> Process? {
        all.first { process in
            SystemFiles.names(in: "/proc/\(process.id)/fd").contains {
                SystemFiles.target("/proc/\(process.id)/fd/\($0)") == "socket:[\(inode)]"
            }
        }
    }
}
