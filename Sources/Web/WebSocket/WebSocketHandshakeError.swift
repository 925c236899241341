/// Why a request did not become a WebSocket. The raw value is the metric label.
package enum WebSocketHandshakeError: String, Error, CaseIterable, Sendable {
    case methodNotGet = "method_not_get"
    case upgradeMissing = "upgrade_missing"
    case connectionMissing = "connection_missing"
    case versionTooOld = "http_version_too_old"
    case unexpectedBody = "unexpected_body"
    case unsupportedVersion = "unsupported_version"
    case invalidKey = "invalid_key"
    case originNotAllowed = "origin_not_allowed"

    /// The answer for the client, with what it needs to do better.
    package var response: HTTPResponse {
        var response = HTTPResponse.text(text + "\n", status: status)
        switch self {
        case .methodNotGet:
            response.headers.add("Allow", "GET")
        case .upgradeMissing, .unsupportedVersion:
            response.headers.add("Upgrade", "websocket")
            response.headers.add("Sec-WebSocket-Version", "13")
        default: break
        }
        return response
    }

    package var status: HTTPStatus {
        switch self {
        case .methodNotGet: .methodNotAllowed
        case .upgradeMissing, .unsupportedVersion: .upgradeRequired
        case .originNotAllowed: .forbidden
        default: .badRequest
        }
    }

    package var text: String {
        switch self {
        case .methodNotGet: "A WebSocket begins with GET."
        case .upgradeMissing: "This is a WebSocket endpoint: connect with ws://, or send Upgrade: websocket."
        case .connectionMissing: "The Connection header must say Upgrade. Does a proxy in between strip it?"
        case .versionTooOld: "A WebSocket begins with an HTTP/1.1 request."
        case .unexpectedBody: "The request that opens a WebSocket has no body."
        case .unsupportedVersion: "Only version 13 of the WebSocket protocol is spoken here."
        case .invalidKey: "Sec-WebSocket-Key must be sent once and hold 16 bytes in base64."
        case .originNotAllowed: "Pages of this origin may not connect; the configuration lists those that may."
        }
    }
}
