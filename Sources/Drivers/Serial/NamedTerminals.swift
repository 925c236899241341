import Configuration
import Glibc
import Hotplug

/// Ports that only a rule knows: pseudo terminals, behind which another program plays a device or forwards one from
/// elsewhere. udev never tells of them, so the paths in the rules are looked at now and then.
package struct NamedTerminals {
    private let paths: [String]
    /// Where each path led when it was looked at last.
    private var present: [String: String] = [:]

    package init(_ rules: [Configuration.Serial.PortRule]) {
        paths = rules.map(\.port).filter { $0.hasPrefix("/") && !$0.contains("*") }
    }

    /// Whether there is anything to look at.
    var isEmpty: Bool { paths.isEmpty }

    /// What has come and gone since the last look. `target` says where a path leads; nil when there is nothing.
    package mutating func poll(_ target: (String) -> String? = Self.target) -> [PortChange] {
        var changes: [PortChange] = []
        for path in paths {
            let terminal = target(path).flatMap { $0.hasPrefix("/dev/pts/") ? $0 : nil }
            let former = present[path]
            guard terminal != former else { continue }
            present[path] = terminal
            if let former { changes.append(.removed(Self.port(path, former))) }
            if let terminal { changes.append(.added(Self.port(path, terminal))) }
        }
        return changes
    }

    /// Known by the rule's words: a link goes on to be this port when it leads to another terminal.
    private static func port(_ path: String, _ terminal: String) -> KnownPort {
        var description = PortDescription(node: path, systemPath: terminal)
        description.name = path == terminal ? nil : terminal
        return KnownPort(description, as: .node(path))
    }

    private static func target(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
