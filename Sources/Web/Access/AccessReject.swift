/// Why access control rejects a request. The raw value is the label of the counter and `reason` in the response.
package enum AccessReject: String, CaseIterable, Sendable {
    /// A web page that may not change anything, or not even read.
    case foreignOrigin = "foreign_origin"
    /// The request names a host that is not this gateway.
    case unknownHost = "unknown_host"
    /// No token exists, and the request comes from beyond this machine and private networks.
    case foreignAddress = "foreign_address"
    case missingToken = "missing_token"
    case wrongToken = "wrong_token"
    /// The token's role does not suffice.
    case missingRole = "missing_role"
    case tooManyAttempts = "too_many_attempts"

    /// What happened and what to do.
    package var message: String { message(for: nil) }

    func message(for role: AccessRole?) -> String {
        switch self {
        case .foreignOrigin:
            "Web pages from this origin are not allowed to do this. The setting http.cors_origins lists allowed origins."
        case .unknownHost:
            "The request names a host that is not this gateway. Use its address or host name, or add the name to the "
                + "setting http.names."
        case .foreignAddress:
            "Without a token, changes are admitted from this machine and private networks only. leadville-gateway token "
                + "add makes a token."
        case .missingToken: "Access token required. Send the header Authorization: Bearer TOKEN."
        case .wrongToken: "Invalid access token."
        case .missingRole:
            "The role of this token does not suffice: this requires the role \(role?.rawValue ?? "operate")."
        case .tooManyAttempts: "Too many wrong access tokens from this address. Wait before the next one."
        }
    }

    var status: HTTPStatus {
        switch self {
        case .foreignOrigin, .unknownHost, .foreignAddress, .missingRole: .forbidden
        case .missingToken, .wrongToken: .unauthorized
        case .tooManyAttempts: .tooManyRequests
        }
    }

    /// The error has the members that the API's errors have, and `detail`, which LeadVille's pages show.
    func response(for role: AccessRole?, retryAfter seconds: Int? = nil) -> HTTPResponse {
        let message = message(for: role)
        var body = #"{"error":"\#(message)","reason":"\#(rawValue)","detail":"\#(message)""#
        if let role, [.missingToken, .missingRole].contains(self) { body += #","role":"\#(role.rawValue)""# }
        var response = HTTPResponse.json(Array((body + "}").utf8), status: status)
        if let challenge = challenge(for: role) { response.headers.add("WWW-Authenticate", challenge) }
        if let seconds { response.headers.add("Retry-After", String(seconds)) }
        return response
    }

    /// RFC 6750 §3.
    private func challenge(for role: AccessRole?) -> String? {
        let realm = #"Bearer realm="LeadVille Gateway""#
        return switch self {
        case .missingToken: realm
        case .wrongToken: realm + #", error="invalid_token""#
        case .missingRole: realm + #", error="insufficient_scope", scope="\#(role?.rawValue ?? "")""#
        default: nil
        }
    }
}
