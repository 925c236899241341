import Clocks

/// Limits the long datagrams of each host. Heart boards send less than `freeBytes` at a time and are never limited; a host that
/// sends much more would fill the queues of clients and the memory with what it sends.
struct LongDatagramLimit {
    /// Datagrams up to this length are free, and this many bytes of each longer one.
    static let freeBytes = 1_024
    static let bytesPerSecond = 256 << 10
    static let burstBytes = 1 << 20
    private static let maximumHosts = 512
    /// A token is a byte.
    private static let rate = TokenBucket.Rate(perSecond: bytesPerSecond, burst: burstBytes)

    private var buckets: [IPAddress: TokenBucket] = [:]

    /// Whether a host may send a datagram of this length now.
    mutating func allows(_ length: Int, from host: IPAddress, at now: MonotonicTime) -> Bool {
        let cost = length - Self.freeBytes
        guard cost > 0 else { return true }
        if buckets[host] == nil, buckets.count >= Self.maximumHosts {
            buckets = buckets.filter { $0.value.isInUse(at: now) }
            guard buckets.count < Self.maximumHosts else { return false }
        }
        return buckets[host, default: TokenBucket()].spend(cost, at: now, Self.rate) == nil
    }
}
