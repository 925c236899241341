import Network

/// Which connections a server accepts: a maximum in total and for each address. The last places are reserved, so that
/// one host, or the WebSockets together, cannot take all of them.
struct ConnectionLimits: Sendable {
    /// The raw value is the metric label.
    enum Reject: String, Hashable, Sendable, CaseIterable {
        case connections, address, webSockets = "websockets"
    }

    private let maximum: Int
    private let maximumPerAddress: Int
    private let limitsThisMachine: Bool
    private var count = 0
    private var webSocketCount = 0
    private var counts: [IPAddress: Int] = [:]

    /// - Parameter limitsThisMachine: whether the limit of an address holds for programs on this machine as well.
    init(maximum: Int, perAddress: Int, limitsThisMachine: Bool = false) {
        self.maximum = maximum
        self.limitsThisMachine = limitsThisMachine
        maximumPerAddress = perAddress
    }

    /// Places for programs on the same machine.
    private var reservedForThisMachine: Int { min(16, maximum / 10) }
    /// Places for HTTP requests, which WebSockets may not take.
    private var reservedForRequests: Int { min(64, maximum / 10) }

    /// Adds a connection, or returns why it is rejected.
    mutating func add(_ peer: IPAddress) -> Reject? {
        guard count < maximum - (peer.isThisMachine ? 0 : reservedForThisMachine) else { return .connections }
        // Programs on the same machine are trusted, and a proxy there stands for all of its clients.
        if isCounted(peer) {
            let source = peer.network
            guard counts[source, default: 0] < maximumPerAddress else { return .address }
            counts[source, default: 0] += 1
        }
        count += 1
        return nil
    }

    private func isCounted(_ peer: IPAddress) -> Bool { limitsThisMachine || !peer.isThisMachine }

    mutating func remove(_ peer: IPAddress) {
        count -= 1
        guard isCounted(peer), let old = counts[peer.network] else { return }
        counts[peer.network] = old > 1 ? old - 1 : nil
    }

    /// Whether one of the connections may become a WebSocket; counts it.
    mutating func addWebSocket() -> Bool {
        guard webSocketCount < maximum - reservedForRequests else { return false }
        webSocketCount += 1
        return true
    }

    mutating func removeWebSocket() { webSocketCount -= 1 }
}
