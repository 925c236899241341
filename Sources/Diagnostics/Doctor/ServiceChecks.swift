/// What the doctor wants to know of the gateway as a service of the system.
struct ServiceChecks: Hashable, Sendable {
    var hasSystemd = true
    /// The unit's file; nil when it is not installed.
    var unitPath: String?
    /// What stands in it, and in what has been added to it.
    var unit = ""
    var isEnabled = false
    /// The service's process, if it runs.
    var process: Int32?

    static let unitName = "leadville-gateway.service"

    var settings: ServiceUnit { ServiceUnit(unit) }

    /// Whether the unit gives it what Bluetooth takes.
    var canManageAdapters: Bool { settings.words("AmbientCapabilities").contains("CAP_NET_ADMIN") }

    var hasWatchdog: Bool { settings.word("WatchdogSec") != nil }

    func findings() -> [Finding] {
        guard hasSystemd else { return [.good("service", "there is no systemd here, so nothing starts the gateway")] }
        guard let unitPath else {
            return [
                .caution(
                    "service", "\(Self.unitName) is not installed: nothing starts the gateway after a reboot",
                    cure: "systemd/README.md tells how to install it")
            ]
        }
        var findings: [Finding] = []
        if let process {
            findings.append(.good("service", "\(unitPath) runs as process \(process)"))
        } else {
            findings.append(
                .caution(
                    "service", "\(unitPath) is installed, and does not run",
                    cure: "sudo systemctl start leadville-gateway; journalctl -u leadville-gateway says why it ended"))
        }
        if !isEnabled {
            findings.append(
                .caution(
                    "service", "it is not started after a reboot", cure: "sudo systemctl enable leadville-gateway"))
        }
        if !hasWatchdog {
            findings.append(
                .caution(
                    "watchdog", "the unit has no watchdog, so a gateway that hangs is not noticed",
                    cure: "set WatchdogSec=30 in the unit, as the one that is shipped does"))
        } else {
            findings.append(.good("watchdog", "systemd notices when the gateway hangs"))
        }
        return findings
    }
}

/// What a unit of systemd says, as far as the doctor wants to know it. Drop-ins come behind the unit's own text.
struct ServiceUnit: Hashable, Sendable {
    private var settings: [String: [String]] = [:]

    init(_ text: String) {
        var line = ""
        for part in text.split(separator: "\n", omittingEmptySubsequences: false) {
            line += part
            // Goes on in the next one.
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
        // An empty assignment forgets what stood before.
        if words.isEmpty { settings[name] = [] } else { settings[name, default: []] += words }
    }

    /// All words of a setting that is a list.
    func words(_ name: String) -> [String] { settings[name] ?? [] }

    /// The latest word of a setting that is one.
    func word(_ name: String) -> String? { settings[name]?.last }
}

/// Where the service keeps what must outlive it.
struct ServiceState: Hashable, Sendable {
    let path: String
    let user: String
    /// systemd makes it and hands it over at each start.
    let isGiven: Bool
    /// The unit keeps the service from writing there.
    let isShutOut: Bool
}

extension ServiceUnit {
    /// - Parameter configured: what the configuration says, if anything. Nil if neither that nor the unit names a place.
    func state(configured: String) -> ServiceState? {
        let given = words("StateDirectory").map { "/var/lib/\($0)" }
        guard let path = configured.isEmpty ? given.first : configured else { return nil }
        func lies(below places: [String]) -> Bool { places.contains { path == $0 || path.hasPrefix("\($0)/") } }
        let isGiven = lies(below: given)
        let open = words("ReadWritePaths").map { String($0.drop { "-+".contains($0) }) }
        return ServiceState(
            path: path, user: word("User") ?? "root", isGiven: isGiven,
            isShutOut: word("ProtectSystem") == "strict" && !isGiven && !lies(below: open))
    }
}
