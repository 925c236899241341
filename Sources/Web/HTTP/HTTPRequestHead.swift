/// Everything before a request's body, checked.
package struct HTTPRequestHead: Hashable, Sendable {
    package let method: HTTPMethod
    /// The target as it was sent.
    package let target: String
    /// Percent-decoded, beginning with `/`, without `.` or `..` segments, encoded slashes or control characters.
    package let path: String
    package let query: HTTPQuery
    package let version: HTTPVersion
    package let headers: HTTPHeaders
    package let body: HTTPBodyFraming
    /// The host that the client meant to reach, with its port if one was named.
    package let host: String?
    /// The client waits for `100 Continue` before it sends the body.
    package let expectsContinue: Bool

    init(_ line: HTTPRequestLine, _ headers: HTTPHeaders) throws(HTTPError) {
        method = line.method
        target = line.target.raw
        path = line.target.path
        query = line.target.query
        version = line.version
        self.headers = headers
        let host = try Self.checkedHost(headers, version: line.version)
        self.host = line.target.authority ?? host
        body = try HTTPBodyFraming(headers, version: line.version)
        expectsContinue = try Self.checkedExpectation(headers, version: line.version) && body != .none
    }

    /// Whether the connection can carry another request after this one, and what the response has to say about it.
    package var persistence: HTTPPersistence { HTTPPersistence(version: version, headers: headers) }

    private static func checkedHost(_ headers: HTTPHeaders, version: HTTPVersion) throws(HTTPError) -> String? {
        let hosts = Array(headers.rawValues("Host"))
        guard hosts.count <= 1 else { throw HTTPError(.repeatedHost) }
        guard let host = hosts.first else {
            guard version == .http10 else { throw HTTPError(.missingHost) }
            return nil
        }
        guard host.allSatisfy(\.isHTTPHost) else { throw HTTPError(.malformedHost) }
        return String(decoding: host, as: UTF8.self)
    }

    private static func checkedExpectation(
        _ headers: HTTPHeaders, version: HTTPVersion
    ) throws(HTTPError) -> Bool {
        // HTTP/1.0 knows no interim responses: there the header is to be ignored.
        guard version == .http11, headers.contains("Expect") else { return false }
        guard headers.list("Expect").allSatisfy({ $0.lowercased() == "100-continue" }) else {
            throw HTTPError(.unknownExpectation)
        }
        return true
    }
}
