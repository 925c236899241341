import Clocks
import Network
import Reactor

/// A token bucket for each host that sends. A host with IPv6 has a whole network of addresses (/64).
struct HostBuckets: Sendable {
    static let maximumHosts = 1_024

    private let rate: TokenBucket.Rate
    private var buckets: [IPAddress: TokenBucket] = [:]

    init(_ rate: TokenBucket.Rate) {
        self.rate = rate
    }

    var hostCount: Int { buckets.count }

    /// Spends a token of the host. Otherwise returns how long it takes until there is one.
    mutating func spend(from host: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        let index = place(of: host)
        return buckets.values[index].spend(at: now, rate)
    }

    /// Spends a token of the host even if there is none. Returns how long it takes until it is back.
    mutating func overdraw(by host: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        let index = place(of: host)
        return buckets.values[index].overdraw(at: now, rate)
    }

    private mutating func place(of host: IPAddress) -> Dictionary<IPAddress, TokenBucket>.Index {
        let key = host.network
        if let index = buckets.index(forKey: key) { return index }
        // The fullest bucket differs least from the new one that its host gets next time.
        if buckets.count >= Self.maximumHosts,
            let fullest = buckets.min(by: { TokenBucket.isFuller($0.value, $1.value) })?.key
        {
            buckets[fullest] = nil
        }
        buckets[key] = TokenBucket()
        return buckets.index(forKey: key) ?? buckets.startIndex
    }
}

/// How many connections each host may open, and how many requests and messages it may send, to all ports together.
@ReactorActor
package final class ClientRates {
    package struct Settings: Hashable, Sendable {
        /// 0: as many as it likes.
        package var connectionsPerSecond = 200
        package var requestsPerSecond = 2_000
        package var messagesPerSecond = 2_000
        /// Whether the limits hold for programs on this machine as well.
        package var limitsThisMachine = false

        package init() {}
    }

    /// A host may send as much at once as in this time.
    package nonisolated static let burstSeconds = 5

    package nonisolated let settings: Settings
    private var connections: HostBuckets
    private var requests: HostBuckets
    private var messages: HostBuckets

    package nonisolated init(_ settings: Settings = Settings()) {
        self.settings = settings
        connections = HostBuckets(Self.rate(settings.connectionsPerSecond))
        requests = HostBuckets(Self.rate(settings.requestsPerSecond))
        messages = HostBuckets(Self.rate(settings.messagesPerSecond))
    }

    private nonisolated static func rate(_ perSecond: Int) -> TokenBucket.Rate {
        TokenBucket.Rate(perSecond: perSecond, burst: perSecond * burstSeconds)
    }

    /// How long a host must wait before its new connection is served; nil if it need not wait.
    func countConnection(from host: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        guard settings.connectionsPerSecond > 0, isLimited(host) else { return nil }
        return connections.overdraw(by: host, at: now)
    }

    /// How long a host must wait before its next request is accepted; nil if this one is.
    func admitRequest(from host: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        guard settings.requestsPerSecond > 0, isLimited(host) else { return nil }
        return requests.spend(from: host, at: now)
    }

    /// How long a host must wait after this message, which is accepted in any case; nil if it need not wait.
    func countMessage(from host: IPAddress, at now: MonotonicTime) -> Nanoseconds? {
        guard settings.messagesPerSecond > 0, isLimited(host) else { return nil }
        return messages.overdraw(by: host, at: now)
    }

    /// Programs on this machine are trusted, and a proxy there stands for all of its clients.
    private func isLimited(_ host: IPAddress) -> Bool { settings.limitsThisMachine || !host.isThisMachine }
}

extension HTTPResponse {
    /// The response to a host that sends too many requests. Like the rejections of access control it has the members of the
    /// API's errors, and `detail`, which LeadVille's pages show.
    static func tooManyRequests(limit perSecond: Int, wait: Nanoseconds) -> Self {
        let message = "Too many requests from this address: more than \(perSecond) a second. Wait before the next one."
        let body = #"{"error":"\#(message)","reason":"limit","detail":"\#(message)"}"#
        var response = HTTPResponse.json(Array(body.utf8), status: .tooManyRequests)
        let seconds = (max(wait, HTTPSession.restAfterReject).count + 999_999_999) / 1_000_000_000
        response.headers.add("Retry-After", String(seconds))
        return response
    }
}
