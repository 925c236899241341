/// The gateway's systemd service.
struct ServiceChecks: Hashable, Sendable {
    var hasSystemd = true
    /// Nil if the unit is not installed.
    var unitPath: String?
    /// The text of the unit and its drop-ins.
    var unit = ""
    var isEnabled = false
    /// The process id of the service, if it runs.
    var process: Int32?

    static let unitName = "leadville-gateway.service"

    var settings: ServiceUnit { ServiceUnit(unit) }

    /// Whether the unit grants the capability that Bluetooth needs.
    var canManageAdapters: Bool { settings.words("AmbientCapabilities").contains("CAP_NET_ADMIN") }

    var hasWatchdog: Bool { settings.word("WatchdogSec") != nil }

    func findings() -> [Finding] {
        guard hasSystemd else { return [.good("service", "no systemd on this machine: nothing starts the gateway")] }
        guard let unitPath else {
            return [
                .caution(
                    "service", "\(Self.unitName) is not installed: nothing starts the gateway after a reboot",
                    advice: "install it as described in systemd/README.md")
            ]
        }
        var findings: [Finding] = []
        if let process {
            findings.append(.good("service", "\(unitPath) runs as process \(process)"))
        } else {
            findings.append(
                .caution(
                    "service", "\(unitPath) is installed but does not run",
                    advice: "sudo systemctl start leadville-gateway; if it ends, see journalctl -u leadville-gateway"))
        }
        if !isEnabled {
            findings.append(
                .caution(
                    "service", "not started after a reboot", advice: "sudo systemctl enable leadville-gateway"))
        }
        if !hasWatchdog {
            findings.append(
                .caution(
                    "watchdog", "the unit has no watchdog: a hanging gateway is not restarted",
                    advice: "set WatchdogSec=30 in the unit, as in the shipped one"))
        } else {
            findings.append(.good("watchdog", "systemd restarts the gateway if it hangs"))
        }
        return findings
    }
}

extension DoctorCheck {
    static let service = DoctorCheck("service") { $0.service.findings() }
}

extension ServiceChecks {
    init(_ processes: RunningProcesses) {
        hasSystemd = SystemFiles.exists("/run/systemd/system")
        let directories = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]
        unitPath = directories.map { "\($0)/\(Self.unitName)" }.first(where: SystemFiles.exists)
        unit =
            unitPath.map { path in
                let additions = directories.reversed().flatMap { directory in
                    SystemFiles.names(in: "\(directory)/\(Self.unitName).d").filter { $0.hasSuffix(".conf") }
                        .map { "\(directory)/\(Self.unitName).d/\($0)" }
                }
                return ([path] + additions).map { SystemFiles.text($0) }.joined(separator: "\n")
            } ?? ""
        isEnabled = SystemFiles.names(in: "/etc/systemd/system").contains {
            $0.hasSuffix(".wants") && SystemFiles.exists("/etc/systemd/system/\($0)/\(Self.unitName)")
        }
        process =
            processes.all.first {
                $0.name == GatewayProcess.name
                    && SystemFiles.text("/proc/\($0.id)/cgroup").contains("/\(Self.unitName)")
            }?.id
    }
}

/// The settings of a systemd unit. Drop-ins are appended to the unit's text.
struct ServiceUnit: Hashable, Sendable {
    private var settings: [String: [String]] = [:]

    init(_ text: String) {
        var line = ""
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            line += part
            // A backslash continues the line.
            if line.last == "\\" {
                line.removeLast()
                line += " "
                continue
            }
            parseLine(line)
            line = ""
        }
        parseLine(line)
    }

    private mutating func parseLine(_ line: String) {
        guard let first = line.first(where: { $0 != " " }), first != "#", first != ";",
            let sign = line.firstIndex(of: "=")
        else { return }
        let name = line[..<sign].split(separator: " ").joined()
        let words = line[line.index(after: sign)...].split(separator: " ").map(String.init)
        // An empty assignment clears the list.
        if words.isEmpty { settings[name] = [] } else { settings[name, default: []] += words }
    }

    /// All words of a list setting.
    func words(_ name: String) -> [String] { settings[name] ?? [] }

    /// The last word of a single-valued setting.
    func word(_ name: String) -> String? { settings[name]?.last }
}

/// The service's state directory.
struct ServiceState: Hashable, Sendable {
    let path: String
    let user: String
    /// systemd creates it at each start (`StateDirectory=`).
    let isManaged: Bool
    /// The unit's sandbox prevents writing.
    let isBlocked: Bool
}

extension ServiceUnit {
    /// - Parameter configured: the configured directory or an empty text. Returns nil if neither names a directory.
    func state(configured: String) -> ServiceState? {
        let given = words("StateDirectory").map { "/var/lib/\($0)" }
        guard let path = configured.isEmpty ? given.first : configured else { return nil }
        func lies(below places: [String]) -> Bool { places.contains { path == $0 || path.hasPrefix("\($0)/") } }
        let isManaged = lies(below: given)
        let open = words("ReadWritePaths").map { String($0.drop { "-+".contains($0) }) }
        return ServiceState(
            path: path, user: word("User") ?? "root", isManaged: isManaged,
            isBlocked: word("ProtectSystem") == "strict" && !isManaged && !lies(below: open))
    }
}
