/// The token that a request presents, and how.
struct PresentedToken {
    enum Way {
        case header, subprotocol, cookie, query
    }

    let text: String
    let way: Way

    /// The subprotocol that precedes a token in `Sec-WebSocket-Protocol`: browsers cannot add other headers to a
    /// WebSocket. It is selected, the token is not repeated.
    static let subprotocol = "bearer"
    static let cookie = "leadville_token"
    /// In the query, where it is allowed.
    static let parameter = "token"

    /// Nil if the request has none.
    /// - Parameters:
    ///   - allowsCookie: whether its page may use cookies.
    ///   - allowsQuery: whether the query may have one: it then appears in the logs of proxies.
    init?(_ head: HTTPRequestHead, allowsCookie: Bool, allowsQuery: Bool) {
        if let text = Self.bearer(head.headers) {
            self.init(text, .header)
        } else if let text = Self.offered(head) {
            self.init(text, .subprotocol)
        } else if allowsCookie, let text = Self.fromCookie(head.headers) {
            self.init(text, .cookie)
        } else if allowsQuery, let text = head.query[Self.parameter], !text.isEmpty {
            self.init(text, .query)
        } else {
            return nil
        }
    }

    private init(_ text: String, _ way: Way) {
        self.text = text
        self.way = way
    }

    private static func bearer(_ headers: HTTPHeaders) -> String? {
        let fields = headers.values("Authorization")
        guard fields.count == 1 else { return nil }
        let bytes = Array(fields[0].utf8)[...]
        guard let space = bytes.firstIndex(of: 0x20), bytes[..<space].equalsIgnoringCase("bearer") else { return nil }
        let token = bytes[space...].drop { $0 == 0x20 }
        return token.isEmpty ? nil : String(decoding: token, as: UTF8.self)
    }

    private static func offered(_ head: HTTPRequestHead) -> String? {
        guard WebSocketHandshake.isUpgradeRequest(head) else { return nil }
        let offered = head.headers.list("Sec-WebSocket-Protocol")
        guard offered.count == 2, offered[0] == subprotocol, !offered[1].isEmpty else { return nil }
        return offered[1]
    }

    private static func fromCookie(_ headers: HTTPHeaders) -> String? {
        for field in headers.values("Cookie") {
            for pair in field.split(separator: ";") {
                let pair = pair.drop { $0 == " " }
                guard pair.hasPrefix("\(cookie)=") else { continue }
                let value = String(pair.dropFirst(cookie.count + 1))
                // An invalid one is presented as it is: a wrong token.
                return Base64URL.decode(value).map { String(decoding: $0, as: UTF8.self) } ?? value
            }
        }
        return nil
    }
}

/// The cookie that carries a token. Scripts cannot read it, and browsers send it with requests of own pages only.
package enum TokenCookie {
    /// - Parameter days: nil: until the browser is closed.
    package static func set(_ token: String, days: Int?, secure: Bool) -> String {
        field(Base64URL.encode(token.utf8), secure: secure) + (days.map { "; Max-Age=\($0 * 86_400)" } ?? "")
    }

    package static func clear(secure: Bool) -> String { field("", secure: secure) + "; Max-Age=0" }

    private static func field(_ value: String, secure: Bool) -> String {
        "\(PresentedToken.cookie)=\(value); Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "")
    }
}
