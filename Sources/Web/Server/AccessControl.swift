import Metrics
import Network
import Reactor

/// Whether a route only reads, or changes something.
package enum RouteAccess: Hashable, Sendable {
    case reads, changes
    /// Changes a simulation and nothing else: a page that was opened from a file may do so.
    case simulates
}

/// Why access control rejects a request. The raw value is the label of the counter and `reason` in the response.
package enum AccessReject: String, CaseIterable, Sendable {
    /// A web page that may not change anything, or not even read.
    case foreignOrigin = "foreign_origin"
    /// The request names a host that is not this gateway.
    case unknownHost = "unknown_host"
    case missingToken = "missing_token"
    case wrongToken = "wrong_token"

    /// What happened and what to do.
    package var message: String {
        switch self {
        case .foreignOrigin:
            "Web pages from this origin are not allowed to do this. The setting http.cors_origins lists allowed origins."
        case .unknownHost:
            "The request names a host that is not this gateway. Use its address or host name, or add the name to the "
                + "setting http.names."
        case .missingToken: "Access token required. Send the header Authorization: Bearer TOKEN."
        case .wrongToken: "Invalid access token."
        }
    }

    /// The error has the members that the API's errors have, and `detail`, which LeadVille's pages show.
    var response: HTTPResponse {
        let body = #"{"error":"\#(message)","reason":"\#(rawValue)","detail":"\#(message)"}"#
        switch self {
        case .foreignOrigin, .unknownHost: return .json(Array(body.utf8), status: .forbidden)
        case .missingToken, .wrongToken:
            var response = HTTPResponse.json(Array(body.utf8), status: .unauthorized)
            let error = self == .wrongToken ? #", error="invalid_token""# : ""
            response.headers.add("WWW-Authenticate", #"Bearer realm="LeadVille Gateway"\#(error)"#)
            return response
        }
    }
}

/// The rules that every listener applies to a request before its handler runs: requests that change something need the
/// access token, must not come from a foreign web page, and must name this gateway as their host.
@ReactorActor
package final class AccessControl {
    /// Nil if no token is required.
    package var token: AccessToken?
    private let origins: OriginPolicy
    private let interfaces: InterfaceAddresses
    private var counters: [AccessReject: Counter] = [:]

    package nonisolated init(
        token: AccessToken? = nil, origins: OriginPolicy = .any, interfaces: InterfaceAddresses = InterfaceAddresses()
    ) {
        self.token = token
        self.origins = origins
        self.interfaces = interfaces
    }

    /// Whether some requests that only read are rejected.
    var rejectsReads: Bool { !origins.isOpen }

    package func register(in metrics: MetricsRegistry) {
        for reject in AccessReject.allCases {
            counters[reject] = metrics.counter(
                "leadville_access_rejects_total", "Requests rejected by access control, by reason.",
                ["reason": reject.rawValue])
        }
    }

    /// The response to a request that is not admitted; nil for one that is.
    func rejection(of head: HTTPRequestHead, to access: RouteAccess) -> HTTPResponse? {
        guard let reject = reject(head, to: access) else { return nil }
        counters[reject]?.add()
        return reject.response
    }

    /// Why a request is not admitted; nil for one that is.
    func reject(_ head: HTTPRequestHead, to access: RouteAccess) -> AccessReject? {
        let isChange = access != .reads
        // Where any page may read, a rebound page gains nothing by reading.
        if isChange || !origins.isOpen, !namesThisGateway(head) { return .unknownHost }
        // Browsers do not apply CORS to WebSockets, so the server does.
        if isChange || WebSocketHandshake.isUpgradeRequest(head) {
            for origin in head.headers.values("Origin") where access != .simulates || origin != "null" {
                let isAllowed =
                    isChange
                    ? origins.allowsChanges(origin, host: head.host) : origins.allowsReading(origin, host: head.host)
                guard isAllowed else { return .foreignOrigin }
            }
        }
        guard isChange, let token else { return nil }
        switch token.check(head) {
        case .admitted: return nil
        case .missing: return .missingToken
        case .wrong: return .wrongToken
        }
    }

    private func namesThisGateway(_ head: HTTPRequestHead) -> Bool {
        // Only HTTP/1.0 does without a host; browsers do not use it.
        guard let authority = head.host else { return true }
        guard let host = WebHost(authority: authority) else { return false }
        return origins.isOwn(host, isInterfaceAddress: { interfaces.contains($0) })
    }
}
