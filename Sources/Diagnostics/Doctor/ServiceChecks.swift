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
