import Bluetooth
import CLinux
import Clocks
import Configuration
import Glibc
import Hotplug
import Reactor
import Serial
import Store

/// Looks at everything that the gateway needs of its machine, and changes nothing. Facts are gathered here; what they
/// mean is said by the facts themselves.
@ReactorActor
package enum Doctor {
    /// What is known of the configuration: whether there is a file, and what stands there.
    package enum Settings: Sendable {
        case defaults(Configuration)
        case file(String, Configuration)
        /// What is wrong, for people.
        case invalid(String)
    }

    /// Where the service's configuration is.
    package nonisolated static let installedFile = "/etc/leadville-gateway.yaml"

    package static func examine(_ settings: Settings) -> DoctorReport {
        let processes = RunningProcesses()
        var configuration = Configuration()
        var house = HostChecks()
        switch settings {
        case .defaults(let read): configuration = read
        case .file(let file, let read): (configuration, house.settings) = (read, .valid(file: file))
        case .invalid(let text): house.settings = .invalid(text)
        }
        let service = service(processes)
        checkHost(&house, configuration, service)
        let findings =
            bluetooth(configuration, processes, service).findings()
            + NetworkPortCheck.checks(configuration, processes).map { $0.finding() }
            + serial(configuration, processes).findings()
            + house.findings() + service.findings()
        return DoctorReport(findings: findings)
    }

    // MARK: Radio

    private static func bluetooth(
        _ configuration: Configuration, _ processes: RunningProcesses, _ service: ServiceChecks
    ) -> BluetoothChecks {
        var facts = BluetoothChecks()
        facts.isEnabled = configuration.bluetooth.enabled
        facts.kernel = SystemFiles.word("/proc/sys/kernel/osrelease")
        facts.daemon = processes.named("bluetoothd")?.id
        facts.canManageAdapters = Capabilities.effective(SystemFiles.text("/proc/self/status")).contains(
            .networkAdministration)
        facts.serviceCanManageAdapters = service.unitPath != nil && service.canManageAdapters
        facts.switches = SystemFiles.names(in: "/sys/class/rfkill").map { "/sys/class/rfkill/\($0)" }
            .filter { SystemFiles.word("\($0)/type") == "bluetooth" }
            .map { path in
                BluetoothChecks.RfkillSwitch(
                    name: SystemFiles.word("\(path)/name"), isSoftBlocked: SystemFiles.word("\(path)/soft") == "1",
                    isHardBlocked: SystemFiles.word("\(path)/hard") == "1")
            }
        guard facts.isEnabled else { return facts }
        do throws(LinkError) {
            let inquiry = BlockingManagementClient(try ManagementSocket())
            facts.adapters = try inquiry.adapters().map { BluetoothChecks.Adapter(number: $0.number, info: $0.info) }
        } catch {
            facts.failure = error
        }
        return facts
    }

    // MARK: Cables

    private static func serial(_ configuration: Configuration, _ processes: RunningProcesses) -> SerialChecks {
        var facts = SerialChecks()
        facts.isEnabled = configuration.serial.enabled
        facts.isRoot = geteuid() == 0
        facts.isMember = isMember(of: facts.group)
        facts.hasModemManager = processes.named("ModemManager") != nil
        facts.rules = UdevRules.installed()
        guard facts.isEnabled else { return facts }
        do throws(SystemError) {
            facts.ports = try PortMonitor.ports().map { port in
                let node = port.description.node
                return SerialChecks.Port(
                    node: node, description: port.description.description,
                    isAllowed: access(node, R_OK | W_OK) == 0, holder: PortHolder.find(node))
            }
        } catch {
            facts.failure = "\(error)"
        }
        return facts
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

    // MARK: The house

    private static func checkHost(_ house: inout HostChecks, _ configuration: Configuration, _ service: ServiceChecks) {
        // An administrator asks for the service, whose place is another than that of whoever asks.
        let state =
            geteuid() == 0 && isServiceConfiguration(house.settings, service)
            ? service.settings.state(configured: configuration.stateDirectory) : nil
        house.stateDirectory = state?.path ?? StateDirectory.path(configuration.stateDirectory)
        house.stateUser = state?.user
        // What is not there yet will be made, in the nearest directory that is.
        let existing = SystemFiles.nearest(house.stateDirectory)
        if let state {
            if state.isShutOut {
                house.stateFailure = .blockedByUnit
            } else if !state.isGiven, !SystemFiles.mayWrite(existing, user: state.user) {
                house.stateFailure = .notWritable("\(existing) is not \(state.user)'s to write to")
            }
        } else if access(existing, W_OK | X_OK) != 0 {
            house.stateFailure = .notWritable("\(SystemError(existing))")
        }
        var disk = statvfs()
        if statvfs(existing, &disk) == 0 { house.freeBytes = UInt64(disk.f_bavail) * UInt64(disk.f_frsize) }
        house.year = CivilDate(SystemClock.wall()).year
        house.isSynchronised = linux_clock_is_synchronised() != 0
    }

    /// Whether it is the configuration that the service runs with.
    private static func isServiceConfiguration(_ settings: HostChecks.Settings, _ service: ServiceChecks) -> Bool {
        guard service.unitPath != nil else { return false }
        guard case .valid(let file) = settings else { return true }
        return file == installedFile || service.settings.words("ExecStart").contains(file)
    }

    private static func service(_ processes: RunningProcesses) -> ServiceChecks {
        var facts = ServiceChecks()
        facts.hasSystemd = SystemFiles.exists("/run/systemd/system")
        let directories = ["/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"]
        facts.unitPath = directories.map { "\($0)/\(ServiceChecks.unitName)" }.first(where: SystemFiles.exists)
        facts.unit =
            facts.unitPath.map { path in
                let additions = directories.reversed().flatMap { directory in
                    SystemFiles.names(in: "\(directory)/\(ServiceChecks.unitName).d").filter { $0.hasSuffix(".conf") }
                        .map { "\(directory)/\(ServiceChecks.unitName).d/\($0)" }
                }
                return ([path] + additions).map { SystemFiles.text($0) }.joined(separator: "\n")
            } ?? ""
        facts.isEnabled = SystemFiles.names(in: "/etc/systemd/system").contains {
            $0.hasSuffix(".wants") && SystemFiles.exists("/etc/systemd/system/\($0)/\(ServiceChecks.unitName)")
        }
        facts.process =
            processes.all.first {
                $0.name == GatewayProcess.name
                    && SystemFiles.text("/proc/\($0.id)/cgroup").contains("/\(ServiceChecks.unitName)")
            }?.id
        return facts
    }
}
