import Clocks
import Network

/// Slows down addresses that present wrong tokens: after the first few, each further one is followed by a time in which
/// tokens of that address are not looked at. A token that was right before from the same address keeps working, so that
/// one forgotten client does not lock out the others behind its address.
struct AttemptLimiter {
    private struct Attempts {
        var count = 0
        var last: MonotonicTime
        var blockedUntil: MonotonicTime?
        var provenTokens: Set<String> = []
    }

    static let freeAttempts = 5
    static let maximumDelay = Nanoseconds.seconds(60)
    /// After this time without a wrong token, the earlier ones are forgotten.
    static let memory = Nanoseconds.seconds(600)
    static let maximumAddresses = 1_024
    private static let maximumProvenTokens = 8

    private var attempts: [IPAddress: Attempts] = [:]

    /// How long the address must wait; nil if it need not.
    func delay(of address: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        guard let until = attempts[address.network]?.blockedUntil, until > now else { return nil }
        return until - now
    }

    func isProven(_ token: String, at address: IPAddress) -> Bool {
        attempts[address.network]?.provenTokens.contains(token) ?? false
    }

    mutating func recordWrong(from address: IPAddress, at now: MonotonicTime) {
        change(address, at: now) { entry in
            if now - entry.last > Self.memory { entry.count = 0 }
            entry.count += 1
            entry.last = now
            let excess = entry.count - Self.freeAttempts
            guard excess >= 0 else { return }
            let delay = min(Self.maximumDelay, .seconds(2 << min(excess, 5)))
            entry.blockedUntil = now + delay
        }
    }

    mutating func recordRight(_ token: String, from address: IPAddress, at now: MonotonicTime) {
        guard !isProven(token, at: address) else { return }
        change(address, at: now) { entry in
            if entry.provenTokens.count >= Self.maximumProvenTokens { entry.provenTokens.removeFirst() }
            entry.provenTokens.insert(token)
        }
    }

    /// An address of IPv6 counts as its network: one host has all of them.
    private mutating func change(_ address: IPAddress, at now: MonotonicTime, _ change: (inout Attempts) -> Void) {
        let key = address.network
        if attempts[key] == nil, attempts.count >= Self.maximumAddresses, let oldest = oldest { attempts[oldest] = nil }
        var entry = attempts[key] ?? Attempts(last: now)
        change(&entry)
        attempts[key] = entry
    }

    private var oldest: IPAddress? { attempts.min { $0.value.last < $1.value.last }?.key }
}
