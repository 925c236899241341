import Configuration
import Glibc
import Hotplug
import Reactor
import Serial

/// The serial ports, and what the gateway needs to open them.
struct SerialChecks: Hashable, Sendable {
    struct Port: Hashable, Sendable {
        let node: String
        let description: String
        let isAllowed: Bool
        /// The program that has it open.
        let holder: String?
    }

    var isEnabled = true
    var ports: [Port] = []
    /// Why the ports cannot be listed.
    var failure: String?
    var isRoot = false
    var isMember = false
    var group = "dialout"
    var hasModemManager = false
    /// Nil if none are installed.
    var rules: Rules?

    enum Rules: Hashable, Sendable {
        case shipped(path: String)
        case different(path: String)
    }

    func findings() -> [Finding] {
        guard isEnabled else { return [.good("serial", "disabled in the configuration")] }
        return [membership] + portFindings + [modemManager, rulesFinding].compactMap(\.self)
    }

    private var membership: Finding {
        if isRoot { return .good("dialout", "root may open every serial port") }
        if isMember { return .good("dialout", "this user is in the group \(group)") }
        return .caution(
            "dialout", "this user is not in the group \(group) and cannot open serial ports",
            advice: "sudo usermod -aG \(group) $USER, then log in again; the service does not need this")
    }

    private var portFindings: [Finding] {
        if let failure {
            return [.caution("serial", "ports cannot be listed: \(failure)", advice: "check that udev is running")]
        }
        if ports.isEmpty { return [.good("serial", "no serial port found")] }
        return ports.map { port in
            if let holder = port.holder {
                return holder.hasPrefix(GatewayProcess.name)
                    ? .good("serial", "\(port.description) is in use by the running gateway")
                    : .caution("serial", "\(port.description) is in use by \(holder)", advice: "stop that program")
            }
            return port.isAllowed || isMember
                ? .good("serial", port.description)
                : .caution(
                    "serial", "\(port.description): permission denied for this user", advice: "see dialout above")
        }
    }

    private var modemManager: Finding? {
        guard hasModemManager else { return nil }
        if rules != nil { return .good("modemmanager", "runs; the udev rules keep it away from boards") }
        return .caution(
            "modemmanager", "runs and probes every new serial port for a modem, which resets boards",
            advice: "install the udev rules (systemd/README.md), or: sudo systemctl disable --now ModemManager")
    }

    private var rulesFinding: Finding {
        switch rules {
        case .shipped(let path): .good("udev rules", path)
        case .different(let path):
            .caution(
                "udev rules", "\(path) is not from this version",
                advice: "install udev/60-leadville-gateway.rules again, then: sudo udevadm control --reload")
        case nil:
            .caution(
                "udev rules",
                "not installed: no stable names below /dev/leadville, and ModemManager may reset boards",
                advice: "sudo install -m 644 udev/60-leadville-gateway.rules /etc/udev/rules.d/")
        }
    }
}

extension DoctorCheck {
    static let serial = DoctorCheck("serial") { SerialChecks($0).findings() }
}

extension SerialChecks {
    @ReactorActor
    init(_ context: DoctorContext) {
        isEnabled = context.configuration.serial.enabled
        isRoot = geteuid() == 0
        isMember = Self.isMember(of: group)
        hasModemManager = context.processes.named("ModemManager") != nil
        rules = UdevRules.installed()
        guard isEnabled else { return }
        do throws(SystemError) {
            ports = try PortMonitor.ports().map { port in
                let node = port.description.node
                return Port(
                    node: node, description: port.description.description,
                    isAllowed: access(node, R_OK | W_OK) == 0, holder: PortHolder.find(node))
            }
        } catch {
            failure = "\(error)"
        }
    }

    private static func isMember(of group: String) -> Bool {
        guard
            let line = SystemFiles.text("/etc/group").split(separator: "\n").first(where: { $0.hasPrefix("\(group):") }
            ),
            let number = line.split(separator: ":", omittingEmptySubsequences: false).dropFirst(2).first.flatMap({
                gid_t($0)
            })
        else { return false }
        var groups = [gid_t](repeating: 0, count: 256)
        let count = getgroups(Int32(groups.count), &groups)
        return getegid() == number || groups.prefix(max(0, Int(count))).contains(number)
    }
}

/// The installed udev rules, compared with those of this version.
enum UdevRules {
    static let name = "60-leadville-gateway.rules"
    /// Of `udev/60-leadville-gateway.rules`; a test checks it.
    static let fingerprint: UInt64 = 0xCE7AAABC1DC33E7D

    /// FNV-1a.
    static func fingerprint(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The rules file with the highest precedence; nil if there is none.
    static func installed() -> SerialChecks.Rules? {
        for directory in ["/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d"] {
            let path = "\(directory)/\(name)"
            guard SystemFiles.exists(path) else { continue }
            return fingerprint(of: SystemFiles.text(path)) == fingerprint
                ? .shipped(path: path) : .different(path: path)
        }
        return nil
    }
}
