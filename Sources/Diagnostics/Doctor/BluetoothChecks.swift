import Bluetooth
import Reactor

/// The Bluetooth adapters, and what the gateway needs to manage them.
struct BluetoothChecks: Sendable {
    struct Adapter: Hashable, Sendable {
        let number: UInt16
        /// Nil if the kernel did not answer.
        let info: AdapterInfo?
    }

    struct RfkillSwitch: Hashable, Sendable {
        let name: String
        let isSoftBlocked: Bool
        let isHardBlocked: Bool
    }

    var isEnabled = true
    /// Why the management socket is unavailable.
    var failure: LinkError?
    var adapters: [Adapter] = []
    var switches: [RfkillSwitch] = []
    /// The kernel release, such as `6.12.43+deb13-amd64`.
    var kernel = ""
    /// The process id of bluetoothd, if it runs.
    var daemon: Int32?
    var canManageAdapters = false
    var serviceCanManageAdapters = false
}

extension DoctorCheck {
    static let bluetooth = DoctorCheck("bluetooth") { BluetoothChecks($0).findings() }
}

extension BluetoothChecks {
    @ReactorActor
    init(_ context: DoctorContext) {
        isEnabled = context.configuration.bluetooth.enabled
        kernel = SystemFiles.word("/proc/sys/kernel/osrelease")
        daemon = context.processes.named("bluetoothd")?.id
        canManageAdapters = Capabilities.effective(SystemFiles.text("/proc/self/status")).contains(
            .networkAdministration)
        serviceCanManageAdapters = context.service.unitPath != nil && context.service.canManageAdapters
        switches = SystemFiles.names(in: "/sys/class/rfkill").map { "/sys/class/rfkill/\($0)" }
            .filter { SystemFiles.word("\($0)/type") == "bluetooth" }
            .map { path in
                RfkillSwitch(
                    name: SystemFiles.word("\(path)/name"), isSoftBlocked: SystemFiles.word("\(path)/soft") == "1",
                    isHardBlocked: SystemFiles.word("\(path)/hard") == "1")
            }
        guard isEnabled else { return }
        do throws(LinkError) {
            let client = BlockingManagementClient(try ManagementSocket())
            adapters = try client.adapters().map { Adapter(number: $0.number, info: $0.info) }
        } catch {
            failure = error
        }
    }

    func findings() -> [Finding] {
        guard isEnabled else { return [.good("bluetooth", "disabled in the configuration"), kernelFinding] }
        if let failure { return [Self.unavailable(failure), kernelFinding] }
        return adapterFindings + switchFindings + [permission, kernelFinding, daemonFinding].compactMap(\.self)
    }

    private static func unavailable(_ failure: LinkError) -> Finding {
        switch failure {
        case .noBluetooth:
            .bad(
                "bluetooth", "the kernel has no Bluetooth support (AF_BLUETOOTH)",
                advice: "sudo modprobe bluetooth; a container needs a host kernel with Bluetooth, and --network host. "
                    + "On a machine without a radio, set bluetooth.enabled to false")
        case .permissionDenied:
            .bad(
                "bluetooth", "access to Bluetooth sockets is denied",
                advice: "allow AF_BLUETOOTH in the sandbox of this program, or run the doctor with sudo")
        default:
            .bad(
                "bluetooth", "Bluetooth management socket unavailable: \(failure)",
                advice: "check the kernel log: sudo dmesg | grep -i bluetooth")
        }
    }

    private var adapterFindings: [Finding] {
        guard !adapters.isEmpty else {
            return [
                .bad(
                    "adapter", "no Bluetooth adapter found",
                    advice:
                        "plug one in, or enable the built-in one (Raspberry Pi: remove dtoverlay=disable-bt from config.txt)"
                )
            ]
        }
        return adapters.map { adapter in
            let name = "hci\(adapter.number)"
            guard let info = adapter.info else {
                return .bad(name, "the adapter does not answer", advice: "replug it, or reboot")
            }
            let text = "\(info.address)" + (info.name.isEmpty ? "" : " (\(info.name))")
            guard info.supported.contains(.lowEnergy) else {
                return .bad(
                    name, "\(text) does not support Low Energy", advice: "use an adapter with Bluetooth 4.0 or newer")
            }
            let state = info.current.contains(.powered) ? "on" : "off: the gateway will switch it on"
            return .good(name, "\(text), Low Energy, \(state)")
        }
    }

    private var switchFindings: [Finding] {
        switches.filter { $0.isSoftBlocked || $0.isHardBlocked }.map { radio in
            radio.isHardBlocked
                ? .bad(
                    "rfkill", "\(radio.name) is hard-blocked (rfkill)",
                    advice: "use the hardware switch or the BIOS setting")
                : .bad("rfkill", "\(radio.name) is soft-blocked (rfkill)", advice: "sudo rfkill unblock bluetooth")
        }
    }

    private var permission: Finding {
        if canManageAdapters { return .good("permission", "CAP_NET_ADMIN present: can power adapters and scan") }
        if serviceCanManageAdapters {
            return .good("permission", "this shell cannot manage adapters, but the service can")
        }
        return .bad(
            "permission", "CAP_NET_ADMIN is missing: cannot power adapters or scan",
            advice:
                "sudo setcap cap_net_admin+ep $(readlink -f $(command -v leadville-gateway)), or run it as the service")
    }

    private var kernelFinding: Finding {
        guard kernel.hasPrefix("6.1.") else { return .good("kernel", "Linux \(kernel)") }
        return .caution(
            "kernel",
            "Linux \(kernel): kernels 6.1 can kill a process that closes the socket of a failed link",
            advice: "use a newer kernel, such as 6.12 from Debian backports; there is no workaround")
    }

    private var daemonFinding: Finding? {
        daemon.map { id in
            .good(
                "bluetoothd",
                "runs as process \(id): compatible, unless it scans or connects through the same adapter"
            )
        }
    }
}
