import Clocks

/// Limits the long datagrams of each host. Heart boards send less than `freeBytes` at a time and are never limited; a host that
/// sends much more would fill the queues of clients and the memory with what it sends.
struct LongDatagramLimit {
    /// Datagrams up to this length are free, and this many bytes of each longer one.
    static let freeBytes = 1_024
    static let bytesPerSecond = 256 << 10
    static let burstBytes = 1 << 20
    private static let maximumHosts = 512

    private struct Account {
        var bytes: Int
        var updated: MonotonicTime
    }

    private var accounts: [IPAddress: Account] = [:]

    /// Whether a host may send a datagram of this length now.
    mutating func allows(_ length: Int, from host: IPAddress, at now: MonotonicTime) -> Bool {
        let cost = length - Self.freeBytes
        guard cost > 0 else { return true }
        if accounts[host] == nil, accounts.count >= Self.maximumHosts {
            accounts = accounts.filter { Self.balance($0.value, at: now) < Self.burstBytes }
            guard accounts.count < Self.maximumHosts else { return false }
        }
        var account = accounts[host] ?? Account(bytes: Self.burstBytes, updated: now)
        account = Account(bytes: Self.balance(account, at: now), updated: now)
        let isAllowed = account.bytes >= cost
        if isAllowed { account.bytes -= cost }
        accounts[host] = account
        return isAllowed
    }

    private static func balance(_ account: Account, at now: MonotonicTime) -> Int {
        let elapsed = min((now - account.updated).inSeconds, Double(burstBytes / bytesPerSecond))
        return min(burstBytes, account.bytes + Int(elapsed * Double(bytesPerSecond)))
    }
}
