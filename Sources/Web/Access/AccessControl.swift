import Clocks
import Metrics
import Network
import Reactor
import Text

/// Who may do what, for every listener: applies the rules to a request before its handler runs, and to the messages of
/// open sockets.
@ReactorActor
package final class AccessControl {
    /// What can change while the gateway runs.
    package struct Settings: Sendable {
        /// The token of the configuration, which has the role `admin`; empty: none.
        package var configuredToken = ""
        package var protectsEverything = false
        package var allowsTokenInQuery = false

        package init() {}
    }

    /// The token of the configuration in lists and in the audit trail.
    package nonisolated static let configuredName = "http.token"

    package private(set) var rules = AccessRules()
    private var table = TokenTable()
    private var settings = Settings()
    /// Whether the stored tokens cannot be read: then everything that needs a role is rejected, except with the token of
    /// the configuration.
    private var isTableDamaged = false
    private var limiter = AttemptLimiter()
    private let origins: OriginPolicy
    private let interfaces: InterfaceAddresses
    private var counters: [AccessReject: Counter] = [:]
    private var revocationHandlers: [(Set<String>) -> Void] = []
    /// Called for each change that was admitted.
    package var onChange: ((ChangeRecord) -> Void)?
    /// Called whenever a token was used.
    package var onUse: ((_ id: String) -> Void)?

    package nonisolated init(origins: OriginPolicy = .any, interfaces: InterfaceAddresses = InterfaceAddresses()) {
        self.origins = origins
        self.interfaces = interfaces
        rules.isOpenToPages = origins.isOpen
    }

    /// Whether some requests that only read are rejected by their origin.
    var rejectsReads: Bool { !origins.isOpen }

    package func register(in metrics: MetricsRegistry) {
        for reject in AccessReject.allCases {
            counters[reject] = metrics.counter(
                "leadville_access_rejects_total", "Requests rejected by access control, by reason.",
                ["reason": reject.rawValue])
        }
        metrics.gauge("leadville_access_tokens", "Tokens that exist, by origin.", ["origin": "store"]) { [weak self] in
            Double(self?.table.records.count ?? 0)
        }
    }

    // MARK: Tokens

    package func apply(_ settings: Settings) {
        change { $0.settings = settings }
    }

    /// Uses these tokens from now on; nil if they cannot be read. Sockets of tokens that are gone are closed.
    package func use(_ table: TokenTable?) {
        change { control in
            control.isTableDamaged = table == nil
            control.table = table ?? TokenTable()
        }
    }

    /// Adds a call for the moment when tokens are revoked, with their ids.
    package func onRevocation(_ handler: @escaping @ReactorActor (Set<String>) -> Void) {
        revocationHandlers.append(handler)
    }

    private var records: [TokenRecord] {
        guard !settings.configuredToken.isEmpty else { return table.records }
        let digest = SHA256.digest(Array(settings.configuredToken.utf8))
        let id = "\(Self.configuredName)-\(Hexadecimal.text(Array(digest.prefix(4))))"
        let configured = TokenRecord(
            id: id, name: Self.configuredName, role: .admin, digest: digest, created: WallTime(nanoseconds: 0))
        return table.records + [configured]
    }

    private func change(_ change: (AccessControl) -> Void) {
        let before = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
        change(self)
        all = records
        rules.hasTokens = !all.isEmpty || isTableDamaged
        rules.protectsEverything = settings.protectsEverything
        let present = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
        let gone = before.values.filter { old in
            present[old.id].map { $0.digest != old.digest || $0.role != old.role } ?? true
        }
        guard !gone.isEmpty else { return }
        for handler in revocationHandlers { handler(Set(gone.map(\.id))) }
    }

    private var all: [TokenRecord] = []

    // MARK: Requests

    /// What a request may do, or why it is not admitted.
    enum Admission {
        /// - Parameter client: nil where it makes no difference who asks.
        case admitted(_ client: ClientAccess?)
        case rejected(HTTPResponse, AccessReject)
    }

    func admit(_ head: HTTPRequestHead, from peer: SocketAddress, to access: RouteAccess) -> Admission {
        let role = access.role(protectingEverything: rules.protectsEverything)
        if role == nil, !access.isChange, rules.isOpenToPages { return .admitted(nil) }
        let client = ClientAccess(self, head, from: peer)
        // A token is looked at only if it decides: a wrong one keeps nobody from reading, and foreign pages test none.
        if role != nil, rules.reject(client.caller, to: access) == .missingToken { client.presentToken(of: head) }
        guard let reject = rules.reject(client.caller, to: access) else { return .admitted(client) }
        counters[reject]?.add()
        return .rejected(client.response(to: reject, access), reject)
    }

    /// The response to a request that is not admitted; nil for one that is.
    func rejection(of head: HTTPRequestHead, from peer: SocketAddress, to access: RouteAccess) -> HTTPResponse? {
        if case .rejected(let response, _) = admit(head, from: peer, to: access) { response } else { nil }
    }

    // MARK: What a client consists of

    func page(_ head: HTTPRequestHead) -> AccessCaller.Page {
        var page = AccessCaller.Page.program
        for origin in head.headers.values("Origin") {
            let mayChange = origins.allowsChanges(origin, host: head.host)
            page.mayChange = page.mayChange && mayChange
            page.mayRead = page.mayRead && origins.allowsReading(origin, host: head.host)
            page.maySimulate = page.maySimulate && (mayChange || origin == "null")
        }
        return page
    }

    func namesThisGateway(_ head: HTTPRequestHead) -> Bool {
        // Only HTTP/1.0 does without a host; browsers do not use it.
        guard let authority = head.host else { return true }
        guard let host = WebHost(authority: authority) else { return false }
        return origins.isOwn(host, isInterfaceAddress: { interfaces.contains($0) })
    }

    /// A proxy on this machine names the client that it forwards for; naming further ones gives a client no more rights.
    func network(_ peer: IPAddress, _ head: HTTPRequestHead) -> AccessCaller.Network {
        let forwarded = forwardedFor(head)
        let addresses = [peer] + forwarded.compactMap(\.self)
        if forwarded.contains(nil) { return .elsewhere }
        if addresses.allSatisfy({ interfaces.isThisMachine($0) }) { return .thisMachine }
        return addresses.allSatisfy({ interfaces.isNear($0) }) ? .near : .elsewhere
    }

    /// The address that requests and attempts count for.
    func address(_ peer: IPAddress, _ head: HTTPRequestHead) -> IPAddress {
        guard peer.isThisMachine, let client = forwardedFor(head).last else { return peer }
        return client ?? peer
    }

    private func forwardedFor(_ head: HTTPRequestHead) -> [IPAddress?] {
        guard head.headers.contains("X-Forwarded-For") else { return [] }
        return head.headers.list("X-Forwarded-For").map { IPAddress(v4: $0) ?? IPAddress(v6: $0) }
    }

    func presentedToken(_ head: HTTPRequestHead) -> PresentedToken? {
        let allowsCookie = head.headers.values("Origin").allSatisfy { origins.allowsCookies($0, host: head.host) }
        return PresentedToken(head, allowsCookie: allowsCookie, allowsQuery: settings.allowsTokenInQuery)
    }

    /// Looks a token up, and remembers the attempt.
    func check(_ token: String, from address: IPAddress) -> (AccessCaller.Credential, TokenRecord?) {
        let now = SystemClock.monotonic()
        let digest = SHA256.digest(Array(token.utf8))
        if let delay = limiter.delay(of: address, at: now) {
            let seconds = Int(clamping: (delay.count + 999_999_999) / 1_000_000_000)
            guard let record = record(digest), limiter.isProven(record.id, at: address) else {
                return (.delayed(seconds: seconds), nil)
            }
        }
        guard let record = record(digest) else {
            limiter.recordWrong(from: address, at: now)
            return (.wrong, nil)
        }
        limiter.recordRight(record.id, from: address, at: now)
        onUse?(record.id)
        return (.role(record.role), record)
    }

    private func record(_ digest: [UInt8]) -> TokenRecord? { TokenTable(all).record(withDigest: digest) }

    /// What a token that was right once allows now; nil if it was revoked.
    func role(of id: String) -> AccessRole? { all.first { $0.id == id }?.role }

    func count(_ reject: AccessReject) { counters[reject]?.add() }

    /// What the sender of a request may do, with the token that it presents.
    package func client(of request: HTTPRequest) -> ClientAccess { client(of: request.head, from: request.peer) }

    /// What its sender may do with another token.
    package func client(of request: HTTPRequest, presenting token: String) -> ClientAccess {
        let client = ClientAccess(self, request.head, from: request.peer)
        client.present(token)
        return client
    }

    func client(of head: HTTPRequestHead, from peer: SocketAddress) -> ClientAccess {
        let client = ClientAccess(self, head, from: peer)
        if rules.hasTokens, client.caller.page.mayChange, client.caller.namesGateway { client.presentToken(of: head) }
        return client
    }
}
