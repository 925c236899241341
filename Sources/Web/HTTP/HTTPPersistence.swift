/// What becomes of the connection after a response.
package enum HTTPPersistence: Hashable, Sendable {
    /// It closes, and the response says so.
    case close
    /// It stays, as HTTP/1.1 has it without a word.
    case keepAlive
    /// It stays, and the response must say so, because an HTTP/1.0 client asked.
    case announcedKeepAlive

    /// What the client's version and Connection header allow.
    package init(version: HTTPVersion, headers: HTTPHeaders) {
        if headers.list("Connection", contains: "close") {
            self = .close
        } else if version == .http11 {
            self = .keepAlive
        } else {
            self = headers.list("Connection", contains: "keep-alive") ? .announcedKeepAlive : .close
        }
    }
}
