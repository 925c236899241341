import Configuration

/// Whether a network port that the configuration names is available.
struct NetworkPortCheck: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case free
        /// Nil if the process is not visible.
        case taken(by: RunningProcesses.Process?)
    }

    /// The configuration key.
    let setting: String
    let number: Int
    let isUDP: Bool
    let state: State

    func finding() -> Finding {
        let name = "\(isUDP ? "UDP" : "TCP") port \(number) (\(setting))"
        let advice = "stop that program, or choose another port: --set \(setting)=PORT"
        switch state {
        case .free: return .good("port", "\(name) is free")
        case .taken(let process?) where process.name == GatewayProcess.name:
            return .good("port", "\(name) is used by the running gateway, process \(process.id)")
        case .taken(let process?):
            return .bad("port", "\(name) is in use by \(process.name) (process \(process.id))", advice: advice)
        case .taken(nil):
            return .caution(
                "port", "\(name) is in use by a program that this user cannot see",
                advice: "if it is not the gateway, find it with: sudo ss -lptu 'sport = :\(number)'")
        }
    }
}

enum GatewayProcess {
    /// Cut to 15 characters, like the kernel's comm.
    static let name = String("leadville-gateway".prefix(15))
}

extension DoctorCheck {
    static let networkPorts = DoctorCheck("port") { NetworkPortCheck.checks($0).map { $0.finding() } }
}

extension NetworkPortCheck {
    /// One check for each enabled listener of the configuration.
    static func checks(_ context: DoctorContext) -> [NetworkPortCheck] {
        context.configuration.listeners.filter(\.isEnabled).map { listener in
            let (number, isUDP) = (listener.port, listener.transport == .udp)
            let files = isUDP ? ["udp", "udp6"] : ["tcp", "tcp6"]
            let inodes = files.flatMap {
                SocketTable.inodes(
                    SystemFiles.text("/proc/net/\($0)", atMost: 4 << 20), port: number, isUDP: isUDP)
            }
            let owner = inodes.lazy.compactMap { context.processes.owner(ofSocket: $0) }.first
            return NetworkPortCheck(
                setting: listener.portKey, number: number, isUDP: isUDP,
                state: inodes.isEmpty ? .free : .taken(by: owner))
        }
    }
}

/// The format of `/proc/net/tcp`, `tcp6`, `udp` and `udp6`.
enum SocketTable {
    /// The inodes of the sockets bound to a port: for TCP only listening ones.
    static func inodes(_ text: String, port: Int, isUDP: Bool) -> [UInt64] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, let colon = fields[1].lastIndex(of: ":"),
                Int(fields[1][fields[1].index(after: colon)...], radix: 16) == port,
                isUDP || fields[3] == "0A"
            else { return nil }
            return UInt64(fields[9])
        }
    }
}
