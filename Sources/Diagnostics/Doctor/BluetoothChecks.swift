import Bluetooth

/// What the doctor wants to know of the radio.
struct BluetoothChecks: Sendable {
    struct Adapter: Hashable, Sendable {
        let number: UInt16
        /// Nil when the kernel did not tell.
        let info: AdapterInfo?
    }

    struct RfkillSwitch: Hashable, Sendable {
        let name: String
        let isSoftBlocked: Bool
        let isHardBlocked: Bool
    }

    var isEnabled = true
    /// Why the kernel's management cannot be asked.
    var failure: LinkError?
    var adapters: [Adapter] = []
    var switches: [RfkillSwitch] = []
    /// The release of the kernel, such as `6.12.43+deb13-amd64`.
    var kernel = ""
    /// The process of bluetoothd, if it runs.
    var daemon: Int32?
    var canManageAdapters = false
    var serviceCanManageAdapters = false
}

extension BluetoothChecks {
    func findings() -> [Finding] {
        guard isEnabled else { return [.good("bluetooth", "switched off in the configuration"), kernelFinding] }
        if let failure { return [Self.unavailable(failure), kernelFinding] }
        return adapterFindings + switchFindings + [permission, kernelFinding, daemonFinding].compactMap(\.self)
    }

    private static func unavailable(_ failure: LinkError) -> Finding {
        switch failure {
        case .noBluetooth:
            .bad(
                "bluetooth", "the kernel has no Bluetooth: it refuses sockets of AF_BLUETOOTH",
                cure: "sudo modprobe bluetooth; in a container this takes a kernel that has it, and --network host. "
                    + "Without any radio, set bluetooth.enabled to false")
        case .permissionDenied:
            .bad(
                "bluetooth", "the system keeps this program from Bluetooth's sockets",
                cure: "allow AF_BLUETOOTH where the program is confined, or run the doctor with sudo")
        default:
            .bad(
                "bluetooth", "the kernel's Bluetooth management cannot be asked: \(failure)",
                cure: "look into the kernel's log: sudo dmesg | grep -i bluetooth")
        }
    }

    private var adapterFindings: [Finding] {
        guard !adapters.isEmpty else {
            return [
                .bad(
                    "adapter", "there is no Bluetooth adapter",
                    cure:
                        "plug one in, or enable the built-in one (Raspberry Pi: no dtoverlay=disable-bt in config.txt)")
            ]
        }
        return adapters.map { adapter in
            let name = "hci\(adapter.number)"
            guard let info = adapter.info else {
                return .bad(name, "the adapter does not answer", cure: "unplug it and plug it in again, or reboot")
            }
            let text = "\(info.address)" + (info.name.isEmpty ? "" : " (\(info.name))")
            guard info.supported.contains(.lowEnergy) else {
                return .bad(name, "\(text) cannot do Low Energy", cure: "use an adapter with Bluetooth 4.0 or newer")
            }
            let state = info.current.contains(.powered) ? "on" : "off; the gateway switches it on"
            return .good(name, "\(text), Low Energy, \(state)")
        }
    }

    private var switchFindings: [Finding] {
        switches.filter { $0.isSoftBlocked || $0.isHardBlocked }.map { radio in
            radio.isHardBlocked
                ? .bad(
                    "rfkill", "\(radio.name) is off by a switch of hardware",
                    cure: "find the switch, or the BIOS setting")
                : .bad("rfkill", "\(radio.name) is off by a switch of software", cure: "sudo rfkill unblock bluetooth")
        }
    }

    private var permission: Finding {
        if canManageAdapters { return .good("permission", "CAP_NET_ADMIN: may switch adapters on and scan") }
        if serviceCanManageAdapters {
            return .good("permission", "this shell may not steer adapters, but the service may")
        }
        return .bad(
            "permission", "CAP_NET_ADMIN is missing: adapters cannot be switched on, and nothing can be looked for",
            cure:
                "sudo setcap cap_net_admin+ep $(readlink -f $(command -v leadville-gateway)), or run it as the service")
    }

    private var kernelFinding: Finding {
        guard kernel.hasPrefix("6.1.") else { return .good("kernel", "Linux \(kernel)") }
        return .caution(
            "kernel",
            "Linux \(kernel): kernels 6.1 can end the process that closes the socket of a link which broke early",
            cure: "use a newer kernel, such as 6.12 of Debian's backports; nothing else helps")
    }

    private var daemonFinding: Finding? {
        daemon.map { id in
            .good(
                "bluetoothd",
                "runs as process \(id); both get along, as long as nobody else scans or connects through the same adapter"
            )
        }
    }
}
