import Text

/// A file to send to support: sections of plain text.
package struct Diagnosis: Hashable, Sendable {
    package struct Section: Hashable, Sendable {
        package let title: String
        package let text: String
    }

    package private(set) var sections: [Section] = []

    package init() {}

    /// Adds a section, in whose lines characters that a terminal could interpret are replaced.
    package mutating func add(_ title: String, _ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { PlainText.string(String($0)) }
        sections.append(Section(title: title, text: lines.joined(separator: "\n")))
    }

    package var text: String {
        sections.map { section in
            let end = section.text.hasSuffix("\n") ? "" : "\n"
            return "== \(section.title)\n\n\(section.text)\(end)"
        }.joined(separator: "\n")
    }
}

/// What the files of the system say about the machine.
package enum MachineFacts {
    package static var text: String {
        let release = SystemFiles.text("/etc/os-release")
        let system = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }?.split(separator: "\"").last
        let memory = SystemFiles.text("/proc/meminfo").split(separator: "\n").prefix(3)
            .map { $0.split(separator: " ").joined(separator: " ") }
        let isPackaged = SystemFiles.exists("/usr/share/doc/leadville-gateway/changelog.Debian.gz")
        let facts = [
            ("model", SystemFiles.word("/proc/device-tree/model").filter { $0 != "\0" }),
            ("system", system.map(String.init) ?? ""),
            ("kernel", SystemFiles.word("/proc/version")),
            ("memory", memory.joined(separator: ", ")),
            ("load", SystemFiles.word("/proc/loadavg")),
            ("seconds since boot", String(SystemFiles.word("/proc/uptime").prefix { $0 != " " })),
            ("installed as a Debian package", isPackaged ? "yes" : "no"),
        ]
        return facts.filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1)\n" }.joined()
    }
}
