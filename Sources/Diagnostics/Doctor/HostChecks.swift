/// What the doctor wants to know of the configuration, the disk and the clock.
struct HostChecks: Hashable, Sendable {
    enum Settings: Hashable, Sendable {
        case defaults
        case valid(file: String)
        case invalid(String)
    }

    enum StateFailure: Hashable, Sendable {
        /// In the system's words.
        case notWritable(String)
        /// The unit keeps the service from it.
        case blockedByUnit
    }

    var settings = Settings.defaults
    var stateDirectory = ""
    /// Who writes there, when that is the service.
    var stateUser: String?
    /// Why nothing can be written there.
    var stateFailure: StateFailure?
    var freeBytes: UInt64?
    var year = 2026
    var isSynchronised = true

    func findings() -> [Finding] { [settingsFinding, stateFinding] + diskFinding + [clock] }

    private var settingsFinding: Finding {
        switch settings {
        case .defaults: .good("configuration", "no file: every key has its default")
        case .valid(let file): .good("configuration", "\(file) is valid")
        case .invalid(let text):
            .bad("configuration", text, cure: "put it right; leadville-gateway run --help explains every key")
        }
    }

    private var stateFinding: Finding {
        let writer = stateUser.map { " by the service, as \($0)" } ?? ""
        switch stateFailure {
        case nil: return .good("state", "\(stateDirectory) can be written\(writer)")
        case .notWritable(let reason):
            return .bad(
                "state", "nothing can be kept in \(stateDirectory): \(reason)",
                cure: "let \(stateUser ?? "this user") write there, or choose another place: state_directory")
        case .blockedByUnit:
            return .bad(
                "state", "nothing can be kept in \(stateDirectory): the unit lets the service write elsewhere only",
                cure: "sudo systemctl edit leadville-gateway, ReadWritePaths=\(stateDirectory); "
                    + "or leave state_directory empty")
        }
    }

    private var diskFinding: [Finding] {
        guard let freeBytes else { return [] }
        let text = "\(freeBytes >> 20) MB free for \(stateDirectory)"
        let cure = "make room, or let the journal be smaller: store.maximum_megabytes"
        if freeBytes < 50 << 20 { return [.bad("disk", text, cure: cure)] }
        if freeBytes < 500 << 20 { return [.caution("disk", text, cure: cure)] }
        return [.good("disk", text)]
    }

    private var clock: Finding {
        if !(2025...2100 ~= year) {
            return .bad(
                "clock", "the clock says that it is the year \(year): every event will carry a wrong time",
                cure: "sudo timedatectl set-ntp true, or sudo date -s")
        }
        if isSynchronised { return .good("clock", "synchronised") }
        return .caution(
            "clock", "nobody keeps the clock right; times of several machines cannot be compared",
            cure: "sudo timedatectl set-ntp true")
    }
}
