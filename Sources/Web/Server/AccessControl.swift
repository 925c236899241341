import Reactor

/// Whether a route only reads, or changes something.
package enum RouteAccess: Hashable, Sendable {
    case reads, changes
}

/// The rules that every listener applies to a request before its handler runs: requests that change something need the
/// access token and must not come from a foreign web page.
@ReactorActor
package final class AccessControl {
    /// Nil if no token is required.
    package var token: AccessToken?
    private let origins: OriginPolicy

    package nonisolated init(token: AccessToken? = nil, origins: OriginPolicy = .any) {
        self.token = token
        self.origins = origins
    }

    /// The response to a request that is not admitted; nil for one that is.
    func rejection(of head: HTTPRequestHead, to access: RouteAccess) -> HTTPResponse? {
        guard access == .changes else { return nil }
        guard origins.admitsChange(head) else { return Self.foreignOrigin }
        guard let token else { return nil }
        let result = token.check(head)
        return result == .admitted ? nil : AccessToken.challenge(result)
    }

    private static var foreignOrigin: HTTPResponse {
        .accessError(
            "Web pages of this origin may not change anything; see http.cors_origins.", reason: "foreign_origin",
            status: .forbidden)
    }
}

extension OriginPolicy {
    /// Whether a request may change something: it comes from an allowed origin, from the gateway's own pages, or from a
    /// client that is not a browser and so sends no Origin.
    func admitsChange(_ head: HTTPRequestHead) -> Bool {
        guard case .only(let allowed) = self, let origin = head.headers["Origin"], !allows(origin) else { return true }
        guard let host = head.headers["Host"], origin.lowercased() == "http://\(host.lowercased())" else {
            return false
        }
        // A page of a rebound domain name is of the same origin as the gateway, but its host name is foreign.
        return Self.isLocal(host) || allowed.contains { $0.lowercased().hasSuffix("://\(host.lowercased())") }
    }

    /// Whether a host can only be a machine of the local network: an address, `localhost`, `name` or `name.local`.
    private static func isLocal(_ hostAndPort: String) -> Bool {
        if hostAndPort.hasPrefix("[") { return true }
        let host = hostAndPort.prefix { $0 != ":" }.lowercased()
        let isAddress = !host.isEmpty && host.allSatisfy { "0123456789.".contains($0) }
        return isAddress || !host.contains(".") || host.hasSuffix(".local")
    }
}

/// The token required for mutating requests: `Authorization: Bearer TOKEN`.
package struct AccessToken: Hashable, Sendable {
    private let secret: [UInt8]

    /// Nil for an empty text: no token is required.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        secret = Array(text.utf8)
    }

    package enum CheckResult: Hashable, Sendable {
        case admitted
        /// No token, or another authentication scheme.
        case missing
        case wrong
    }

    package func check(_ head: HTTPRequestHead) -> CheckResult {
        let fields = head.headers.values("Authorization")
        guard fields.count == 1, let token = Self.bearerToken(fields[0]) else { return .missing }
        return isEqual(to: token) ? .admitted : .wrong
    }

    /// The 401 response with its challenge.
    package static func challenge(_ result: CheckResult) -> HTTPResponse {
        let isWrong = result == .wrong
        let text: StaticString =
            isWrong
            ? "Invalid access token."
            : "Access token required. Send the header Authorization: Bearer TOKEN."
        var response = HTTPResponse.accessError(
            text, reason: isWrong ? "wrong_token" : "missing_token", status: .unauthorized)
        let error = isWrong ? #", error="invalid_token""# : ""
        response.headers.add("WWW-Authenticate", #"Bearer realm="LeadVille Gateway"\#(error)"#)
        return response
    }

    /// Compares in constant time, so that response times do not reveal how much of a token is correct.
    private func isEqual(to token: ArraySlice<UInt8>) -> Bool {
        var difference = token.count ^ secret.count
        for (index, byte) in token.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }

    private static func bearerToken(_ field: String) -> ArraySlice<UInt8>? {
        let bytes = Array(field.utf8)[...]
        guard let space = bytes.firstIndex(of: 0x20), bytes[..<space].equalsIgnoringCase("bearer") else { return nil }
        let token = bytes[space...].drop { $0 == 0x20 }
        return token.isEmpty ? nil : token
    }
}

extension HTTPResponse {
    /// An error response in the shape that all APIs use.
    fileprivate static func accessError(_ text: StaticString, reason: StaticString, status: HTTPStatus) -> Self {
        .json(Array(#"{"error":"\#(text)","reason":"\#(reason)"}"#.utf8), status: status)
    }
}
