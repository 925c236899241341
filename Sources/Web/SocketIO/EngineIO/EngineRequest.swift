/// An HTTP request to an Engine.IO server: what its method and its query ask for.
struct EngineRequest: Hashable, Sendable {
    enum Action: Hashable, Sendable {
        /// A new session.
        case open
        case poll(session: String)
        case post(session: String)
        /// The session continues on this WebSocket.
        case upgrade(session: String)
    }

    let action: Action
    let isWebSocket: Bool
    /// The number of the function that a JSONP client calls; nil for other clients.
    let jsonp: String?

    init(_ head: HTTPRequestHead) throws(EngineRequestError) {
        // Session ids are short; longer queries belong to the application.
        var (version, transport, session, jsonp): (String?, String?, String?, String?)
        for (name, value) in head.query.items {
            switch name {
            case "EIO": version = version ?? value
            case "transport": transport = transport ?? value
            case "sid": session = session ?? value
            case "j": jsonp = jsonp ?? value
            default: break
            }
        }
        guard version == "4" else { throw .unsupportedVersion }
        isWebSocket = WebSocketHandshake.isUpgradeRequest(head)
        guard transport == (isWebSocket ? "websocket" : "polling") else {
            throw transport == "websocket" || transport == "polling" ? .badRequest : .unknownTransport
        }
        self.jsonp = isWebSocket ? nil : jsonp.map(EngineJSONP.index)
        switch (head.method, session, isWebSocket) {
        case (.get, nil, _): action = .open
        case (.get, let session?, true): action = .upgrade(session: session)
        case (.get, let session?, false): action = .poll(session: session)
        case (.post, let session?, false): action = .post(session: session)
        default: throw .badMethod
        }
    }
}

/// Why a request was rejected. The code and the message are those of the reference server; the detail says what to do.
package enum EngineRequestError: String, Error, CaseIterable, Sendable {
    case unknownTransport = "unknown_transport"
    case unknownSession = "unknown_session"
    case badMethod = "bad_method"
    case badRequest = "bad_request"
    case forbidden
    case unsupportedVersion = "unsupported_version"
    /// The packets of the request ended the session.
    case invalidPackets = "invalid_packets"
    case tooManySessions = "too_many_sessions"
    case payloadTooLarge = "payload_too_large"

    var code: Int {
        switch self {
        case .unknownTransport: 0
        case .unknownSession: 1
        case .badMethod: 2
        case .badRequest, .invalidPackets, .payloadTooLarge: 3
        case .forbidden, .tooManySessions: 4
        case .unsupportedVersion: 5
        }
    }

    var message: String {
        switch self {
        case .unknownTransport: "Transport unknown"
        case .unknownSession: "Session ID unknown"
        case .badMethod: "Bad handshake method"
        case .badRequest, .invalidPackets, .payloadTooLarge: "Bad request"
        case .forbidden, .tooManySessions: "Forbidden"
        case .unsupportedVersion: "Unsupported protocol version"
        }
    }

    var detail: String {
        switch self {
        case .unknownTransport: "The transport must be polling or websocket."
        case .unknownSession: "The session has ended or never existed. Connect again."
        case .badMethod: "Sessions are opened with GET; packets are sent with POST and received with GET."
        case .badRequest: "The session does not use this transport."
        case .forbidden: "Pages of other origins may not load data as scripts. Use the transport polling or websocket."
        case .unsupportedVersion:
            "This server speaks version 4 of Engine.IO (EIO=4). Use a Socket.IO client of version 3 or later, such as "
                + "socket.io-client 4 or python-socketio 5."
        case .invalidPackets: "The request or one of its packets is invalid. The session has ended."
        case .tooManySessions: "The limit of sessions is reached. Close unused ones, or try again later."
        case .payloadTooLarge: "The body exceeds maxPayload. The session has ended."
        }
    }

    private var status: HTTPStatus {
        switch self {
        case .forbidden: .forbidden
        case .tooManySessions: .serviceUnavailable
        case .payloadTooLarge: .contentTooLarge
        default: .badRequest
        }
    }

    var response: HTTPResponse {
        let body = #"{"code":\#(code),"message":"\#(message)","detail":"\#(detail)"}"#
        var response = HTTPResponse.json(Array(body.utf8), status: status)
        if self == .tooManySessions { response.headers.add("Retry-After", "5") }
        return response
    }
}
