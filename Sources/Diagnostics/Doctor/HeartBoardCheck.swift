import Configuration
import Network

/// Whose datagrams the gateway accepts from heart boards.
struct HeartBoardCheck: Hashable, Sendable {
    var isEnabled = true
    var sources: [IPNetwork] = []
    var keyCount = 0
    /// The addresses of this machine's network interfaces.
    var addresses: [String] = []

    func findings() -> [Finding] {
        guard isEnabled else { return [] }
        let keys =
            switch keyCount {
            case 0: "no user needs a key"
            case 1: "one user needs a key"
            default: "\(keyCount) users need a key"
            }
        guard !sources.isEmpty else {
            return [.good("boards", "datagrams are accepted from every address (heart.udp_sources is empty); \(keys)")]
        }
        let text = "datagrams are accepted from \(sources.map(\.text).joined(separator: ", ")) only; \(keys)"
        // Boards and gateway are on the same network, unless a router is between them.
        guard addresses.contains(where: isIncluded) || addresses.isEmpty else {
            return [
                .caution(
                    "boards", "\(text); this machine has no address there",
                    advice: "add the network of the boards to heart.udp_sources: this machine has "
                        + addresses.joined(separator: ", "))
            ]
        }
        return [.good("boards", text)]
    }

    private func isIncluded(_ text: String) -> Bool {
        let address = String(text.prefix { $0 != "%" })
        guard let address = IPAddress(v4: address) ?? IPAddress(v6: address) else { return false }
        // A single address is that of a board, not of this machine.
        return sources.contains { $0.contains(address) || $0.isOneAddress }
    }
}

extension DoctorCheck {
    static let heartBoards = DoctorCheck("boards") { context in
        let heart = context.configuration.heart
        return HeartBoardCheck(
            isEnabled: heart.enabled, sources: heart.udpSources, keyCount: heart.udpKeys.count,
            addresses: LocalMachine.interfaceAddresses.map(\.address)
        ).findings()
    }
}
