import Configuration
import Devices
import Events
import Glibc
import Hotplug
import Serial

/// Decides from the configuration whether a port is used, probed or ignored.
package struct SerialPolicy: Sendable {
    /// The device at a port and how to open it.
    package struct Plan: Hashable, Sendable {
        package var device: DeviceFamily
        /// The mat's variant; nil for other devices.
        var mat: KnownMat?
        var settings: SerialSettings
    }

    package enum Decision: Hashable, Sendable {
        case use(Plan)
        /// The device is unknown, or its variant is: identify it by its data. If it is a mat, this is its range.
        case probe(SerialSettings, MatRange)
        case ignore(because: String)
    }

    private let rules: [Configuration.Serial.PortRule]
    private let probed: [PortPattern]

    package init(_ configuration: Configuration.Serial) {
        rules = configuration.ports
        probed = configuration.probe.map { PortPattern($0) }
    }

    /// The first matching rule decides, then `serial.probe`.
    package func decision(for port: KnownPort) -> Decision {
        if let rule = rules.first(where: { PortPattern($0.port).matches(port) }) { return decision(rule, for: port) }
        if probed.contains(where: { $0.matches(port) }) {
            return .probe(Self.settings(for: port.description), MatRange())
        }
        return .ignore(because: "not named in serial.ports or serial.probe")
    }

    private func decision(_ rule: Configuration.Serial.PortRule, for port: KnownPort) -> Decision {
        var settings = Self.settings(for: port.description)
        switch rule.lines {
        case .asserted: settings.controlLines = .asserted
        case .released: settings.controlLines = .released
        case nil: break
        }
        switch rule.device {
        case .none: return .ignore(because: "excluded by serial.ports")
        case .heart:
            settings.baudRate = rule.baudRate ?? 115_200
            return .use(Plan(device: .esp32Heart, settings: settings))
        case .mat:
            guard let mat = rule.variant.flatMap(KnownMat.named) else {
                rule.baudRate.map { settings.baudRate = $0 }
                return .probe(settings, rule.range)
            }
            settings.baudRate = rule.baudRate ?? mat.baudRates[0]
            return .use(Plan(device: .pressureMat, mat: mat.with(rule.range), settings: settings))
        }
    }

    /// A chip with native USB may send nothing until the control lines are asserted, and they reset nothing. Behind an
    /// adapter they may be wired to a reset pin.
    private static func settings(for port: PortDescription) -> SerialSettings {
        var settings = SerialSettings()
        settings.controlLines = port.isNativeUSB ? .asserted : .released
        return settings
    }
}

extension PortDescription {
    /// The device has native USB, so baud rates have no effect.
    package var isNativeUSB: Bool { driver == "cdc_acm" || driver == nil && node.contains("/ttyACM") }
}

/// Matches ports by path, link, id, `vendor:product` or vendor; `*` matches anything.
package struct PortPattern: Hashable, Sendable {
    private let parts: [[UInt8]]

    init(_ text: String) {
        parts = text.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }
    }

    func matches(_ port: KnownPort) -> Bool {
        let description = port.description
        let id = description.usbID
        let names = [description.node, port.identity.text, id, id.map { String($0.prefix(4)) }].compactMap(\.self)
        return (names + description.links).contains { matches($0) }
    }

    func matches(_ name: String) -> Bool {
        var rest = Array(name.utf8)[...]
        guard let first = parts.first, let last = parts.last, rest.starts(with: first) else { return false }
        guard parts.count > 1 else { return rest.count == first.count }
        rest = rest.dropFirst(first.count)
        // Matching each part as early as possible leaves the most for the parts after it.
        for part in parts.dropFirst().dropLast() {
            let place = rest.indices.first { rest[$0...].starts(with: part) }
            guard let place = part.isEmpty ? rest.startIndex : place else { return false }
            rest = rest[(place + part.count)...]
        }
        return rest.count >= last.count && rest.suffix(last.count).elementsEqual(last)
    }
}

/// Pseudo terminals named in rules, behind which another program simulates or forwards a device. udev does not report
/// them, so their paths are polled.
package struct NamedTerminals {
    private let paths: [String]
    /// The target of each path at the last poll.
    private var present: [String: String] = [:]

    package init(_ rules: [Configuration.Serial.PortRule]) {
        paths = rules.map(\.port).filter { $0.hasPrefix("/") && !$0.contains("*") }
    }

    var isEmpty: Bool { paths.isEmpty }

    /// Returns what was added and removed since the last poll. `target` resolves a path; nil if it does not exist.
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

    /// Identified by the path in the rule: a link stays the same port when its target changes.
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
