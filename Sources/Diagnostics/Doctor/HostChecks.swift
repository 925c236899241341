import CLinux
import Clocks
import Configuration
import Glibc
import Reactor
import Store

/// The configuration, the state directory, the disk and the clock.
struct HostChecks: Hashable, Sendable {
    enum Settings: Hashable, Sendable {
        case defaults
        case valid(file: String)
        case invalid(String)
    }

    enum StateFailure: Hashable, Sendable {
        /// The system's error.
        case notWritable(String)
        /// The sandbox of the service's unit prevents it.
        case blockedByUnit
    }

    var settings = Settings.defaults
    var stateDirectory = ""
    /// The service's user, if the directory is the service's.
    var stateUser: String?
    /// Why the state directory is not writable.
    var stateFailure: StateFailure?
    var freeBytes: UInt64?
    var year = 2026
    var isSynchronised = true

    func findings() -> [Finding] { [settingsFinding, stateFinding] + diskFinding + [clock] }

    private var settingsFinding: Finding {
        switch settings {
        case .defaults: .good("configuration", "no file: all keys have their defaults")
        case .valid(let file): .good("configuration", "\(file) is valid")
        case .invalid(let text):
            .bad("configuration", text, advice: "correct it; leadville-gateway run --help describes every key")
        }
    }

    private var stateFinding: Finding {
        let user = stateUser.map { " for the service (user \($0))" } ?? ""
        switch stateFailure {
        case nil: return .good("state", "\(stateDirectory) is writable\(user)")
        case .notWritable(let reason):
            return .bad(
                "state", "\(stateDirectory) is not writable: \(reason)",
                advice: "make it writable for \(stateUser ?? "this user"), or set state_directory to another path")
        case .blockedByUnit:
            return .bad(
                "state", "\(stateDirectory) is not writable: blocked by the sandbox of the service's unit",
                advice: "add ReadWritePaths=\(stateDirectory) with sudo systemctl edit leadville-gateway, "
                    + "or leave state_directory empty")
        }
    }

    private var diskFinding: [Finding] {
        guard let freeBytes else { return [] }
        let text = "\(freeBytes >> 20) MB free for \(stateDirectory)"
        let advice = "free disk space, or lower store.maximum_megabytes"
        if freeBytes < 50 << 20 { return [.bad("disk", text, advice: advice)] }
        if freeBytes < 500 << 20 { return [.caution("disk", text, advice: advice)] }
        return [.good("disk", text)]
    }

    private var clock: Finding {
        if !(2025...2100 ~= year) {
            return .bad(
                "clock", "the system clock shows the year \(year): all events get wrong timestamps",
                advice: "sudo timedatectl set-ntp true, or sudo date -s")
        }
        if isSynchronised { return .good("clock", "synchronised") }
        return .caution(
            "clock", "system clock not synchronised: times of several machines cannot be compared",
            advice: "sudo timedatectl set-ntp true")
    }
}

extension DoctorCheck {
    static let host = DoctorCheck("host") { HostChecks($0).findings() }
}

extension HostChecks {
    @ReactorActor
    init(_ context: DoctorContext) {
        settings = context.settings
        let configured = context.configuration.stateDirectory
        // Root checks the service's state directory, which differs from its own.
        let state =
            geteuid() == 0 && Self.isServiceConfiguration(context.settings, context.service)
            ? context.service.settings.state(configured: configured) : nil
        stateDirectory = state?.path ?? StateDirectory.path(configured)
        stateUser = state?.user
        // A missing directory will be created in the nearest existing one.
        let existing = SystemFiles.nearest(stateDirectory)
        if let state {
            if state.isBlocked {
                stateFailure = .blockedByUnit
            } else if !state.isManaged, !SystemFiles.mayWrite(existing, user: state.user) {
                stateFailure = .notWritable("\(state.user) has no write permission in \(existing)")
            }
        } else if access(existing, W_OK | X_OK) != 0 {
            stateFailure = .notWritable("\(SystemError(existing))")
        }
        var disk = statvfs()
        if statvfs(existing, &disk) == 0 { freeBytes = UInt64(disk.f_bavail) * UInt64(disk.f_frsize) }
        year = CivilDate(SystemClock.wall()).year
        isSynchronised = linux_clock_error_microseconds() >= 0
    }

    /// Whether the service runs with this configuration.
    private static func isServiceConfiguration(_ settings: Settings, _ service: ServiceChecks) -> Bool {
        guard service.unitPath != nil else { return false }
        guard case .valid(let file) = settings else { return true }
        return file == ConfigurationFile.installed || service.settings.words("ExecStart").contains(file)
    }
}
