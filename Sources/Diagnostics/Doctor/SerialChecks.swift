/// What the doctor wants to know of serial ports.
struct SerialChecks: Hashable, Sendable {
    struct Port: Hashable, Sendable {
        let node: String
        let description: String
        let isAllowed: Bool
        /// Who has it open.
        let holder: String?
    }

    var isEnabled = true
    var ports: [Port] = []
    /// Why ports cannot be listed.
    var failure: String?
    var isRoot = false
    var isMember = false
    var group = "dialout"
    var hasModemManager = false
    /// Nil when there are none.
    var rules: Rules?

    enum Rules: Hashable, Sendable {
        case shipped(path: String)
        case different(path: String)
    }

    func findings() -> [Finding] {
        guard isEnabled else { return [.good("serial", "switched off in the configuration")] }
        return [membership] + portFindings + [modemManager, rulesFinding].compactMap(\.self)
    }

    private var membership: Finding {
        if isRoot { return .good("dialout", "root may open every serial port") }
        if isMember { return .good("dialout", "this user is in the group \(group)") }
        return .caution(
            "dialout", "this user is not in the group \(group), and may not open serial ports",
            cure: "sudo usermod -aG \(group) $USER, then log in again; the service is in it by itself")
    }

    private var portFindings: [Finding] {
        if let failure { return [.caution("serial", "ports cannot be listed: \(failure)", cure: "is udev running?")] }
        if ports.isEmpty { return [.good("serial", "no serial port is plugged in")] }
        return ports.map { port in
            if let holder = port.holder {
                return holder.hasPrefix(GatewayProcess.name)
                    ? .good("serial", "\(port.description) is read by the running gateway")
                    : .caution("serial", "\(port.description) is held by \(holder)", cure: "end that program")
            }
            return port.isAllowed || isMember
                ? .good("serial", port.description)
                : .caution(
                    "serial", "\(port.description) may not be opened by this user", cure: "see dialout above")
        }
    }

    private var modemManager: Finding? {
        guard hasModemManager else { return nil }
        if rules != nil { return .good("modemmanager", "runs; the udev rules keep it off boards") }
        return .caution(
            "modemmanager", "runs, and asks every new serial port whether it is a modem, which resets boards",
            cure: "install the udev rules (systemd/README.md), or: sudo systemctl disable --now ModemManager")
    }

    private var rulesFinding: Finding {
        switch rules {
        case .shipped(let path): .good("udev rules", path)
        case .different(let path):
            .caution(
                "udev rules", "\(path) is not the one of this version",
                cure: "install udev/60-leadville-gateway.rules again, then: sudo udevadm control --reload")
        case nil:
            .caution(
                "udev rules",
                "not installed: no lasting names below /dev/leadville, and ModemManager may disturb boards",
                cure: "sudo install -m 644 udev/60-leadville-gateway.rules /etc/udev/rules.d/")
        }
    }
}

/// The udev rules of this version, known by a number, and those that are installed.
enum UdevRules {
    static let name = "60-leadville-gateway.rules"
    /// Of `udev/60-leadville-gateway.rules`; a test fails until it is renewed.
    static let fingerprint: UInt64 = 0xCE7AAABC1DC33E7D

    /// FNV-1a.
    static func fingerprint(of text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The first that udev would read; nil without any.
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
