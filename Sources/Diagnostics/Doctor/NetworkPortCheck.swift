import Configuration

/// Whether the gateway could have a port of the network.
struct NetworkPortCheck: Hashable, Sendable {
    enum State: Hashable, Sendable {
        case free
        /// By a process that cannot be seen, if nil.
        case taken(by: RunningProcesses.Process?)
    }

    /// The key of the configuration.
    let setting: String
    let number: Int
    let isUDP: Bool
    let state: State

    func finding() -> Finding {
        let name = "\(isUDP ? "UDP" : "TCP") port \(number) (\(setting))"
        let cure = "end that program, or choose another port: --set \(setting)=PORT"
        switch state {
        case .free: return .good("port", "\(name) is free")
        case .taken(let process?) where process.name == GatewayProcess.name:
            return .good("port", "\(name) is served by the running gateway, process \(process.id)")
        case .taken(let process?):
            return .bad("port", "\(name) is taken by \(process.name) (process \(process.id))", cure: cure)
        case .taken(nil):
            return .caution(
                "port", "\(name) is taken by a program that cannot be seen from here",
                cure: "if it is not the gateway: sudo ss -lptu 'sport = :\(number)' names it")
        }
    }
}

enum GatewayProcess {
    /// As the kernel cuts it off.
    static let name = String("leadville-gateway".prefix(15))
}

extension NetworkPortCheck {
    /// The ports that a configuration asks for.
    static func checks(_ configuration: Configuration, _ processes: RunningProcesses) -> [NetworkPortCheck] {
        configuration.listeners.filter(\.isEnabled).map { listener in
            let (number, isUDP) = (listener.port, listener.transport == .udp)
            let files = isUDP ? ["udp", "udp6"] : ["tcp", "tcp6"]
            let inodes = files.flatMap {
                SocketTable.inodes(
                    SystemFiles.text("/proc/net/\($0)", atMost: 4 << 20), port: number, isUDP: isUDP)
            }
            let owner = inodes.lazy.compactMap { processes.owner(ofSocket: $0) }.first
            return NetworkPortCheck(
                setting: listener.portKey, number: number, isUDP: isUDP,
                state: inodes.isEmpty ? .free : .taken(by: owner))
        }
    }
}

/// `/proc/net/tcp` and its like: who listens where.
enum SocketTable {
    /// The inodes of the sockets that are bound to a port: for TCP those that listen, for UDP all.
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
