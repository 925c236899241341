import Clocks
import Metrics
import Network
import Reactor
import Testing

@testable import Web

@Suite("Access control") @ReactorActor
struct AccessControlTests {
    private let open = AccessControl()
    private let limited = AccessControl(origins: OriginPolicy(["http://pages.example"]))

    private func head(_ lines: String, target: String = "/x") throws -> HTTPRequestHead {
        let parsed = ParsedHTTP("POST \(target) HTTP/1.1\r\nContent-Length: 0\r\n\(lines)\r\n")
        return try #require(parsed.requests.first?.head)
    }

    private func reject(
        _ lines: String, to access: RouteAccess, by control: AccessControl, target: String = "/x"
    ) throws -> AccessReject? {
        try reject(try head(lines, target: target), to: access, by: control)
    }

    private func reject(
        _ head: HTTPRequestHead, to access: RouteAccess, by control: AccessControl, from address: String = "127.0.0.1"
    ) throws -> AccessReject? {
        let peer = try SocketAddress(host: address, port: 4_711)
        return if case .rejected(_, let reject) = control.admit(head, from: peer, to: access) { reject } else { nil }
    }

    private static let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"

    nonisolated static let foreignOrigins = [
        "Origin: http://evil.example\r\n", "Origin: null\r\n", "Origin: file://\r\n", "Origin:\r\n",
        "Origin: http://range.local\r\nOrigin: http://evil.example\r\n",
        "Origin: http://evil.example\r\nOrigin: http://range.local\r\n", "Origin: http://range.local@evil.example\r\n",
    ]

    @Test("a foreign page reads where all may read, and changes nothing", arguments: foreignOrigins)
    func foreignOrigin(line: String) throws {
        let lines = "Host: range.local:8000\r\n\(line)"
        #expect(try reject(lines, to: .operates, by: open) == .foreignOrigin)
        #expect(try reject(lines, to: .operates, by: limited) == .foreignOrigin)
        #expect(try reject(lines, to: .reads, by: open) == nil)
        // CORS keeps the response from the page; a WebSocket has no such protection.
        #expect(try reject(lines, to: .reads, by: limited) == nil)
        #expect(try reject(lines + Self.upgrade, to: .reads, by: open) == nil)
        #expect(try reject(lines + Self.upgrade, to: .reads, by: limited) == .foreignOrigin)
    }

    nonisolated static let ownOrigins = [
        "", "Origin: http://range.local:8000\r\n", "Origin: http://range.local:5173\r\n",
        "Origin: http://localhost:3000\r\n", "Origin: http://192.168.1.50:8002\r\n", "Origin: https://range.local\r\n",
    ]

    @Test("pages of this machine and programs that send no origin do everything", arguments: ownOrigins)
    func ownOrigin(line: String) throws {
        let lines = "Host: range.local:8000\r\n\(line)"
        for control in [open, limited] {
            #expect(try reject(lines, to: .operates, by: control) == nil)
            #expect(try reject(lines + Self.upgrade, to: .reads, by: control) == nil)
        }
    }

    nonisolated static let foreignHosts = [
        "rebound.example", "rebound.example:8000", "203.0.113.9", "[2001:db8::1]:8000", "localhost.rebound.example",
        "rebound.example.", "127.1", "",
    ]

    @Test("a request for another host changes nothing, and reads only where all may read", arguments: foreignHosts)
    func rebound(host: String) throws {
        for origin in ["", "Origin: http://\(host)\r\n", "Origin: http://localhost\r\n"] {
            let lines = "Host: \(host)\r\n\(origin)"
            #expect(try reject(lines, to: .operates, by: open) == .unknownHost)
            #expect(try reject(lines, to: .operates, by: limited) == .unknownHost)
            #expect(try reject(lines, to: .reads, by: open) == nil)
            #expect(try reject(lines, to: .reads, by: limited) == .unknownHost)
        }
    }

    @Test("an absolute target names the host")
    func absoluteTarget() throws {
        let evil = "http://rebound.example/x"
        #expect(try reject("Host: localhost\r\n", to: .operates, by: open, target: evil) == .unknownHost)
        #expect(try reject("Host: rebound.example\r\n", to: .operates, by: open, target: "http://localhost/x") == nil)
    }

    @Test("HTTP/1.0 may omit the host")
    func withoutHost() throws {
        let parsed = ParsedHTTP("POST /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        let head = try #require(parsed.requests.first?.head)
        #expect(try reject(head, to: .operates, by: open) == nil)
    }

    @Test("addresses of the machine's interfaces are its hosts")
    func interfaces() throws {
        #expect(InterfaceAddresses().contains(try #require(IPAddress(v4: "127.0.0.1"))))
        #expect(!InterfaceAddresses().contains(try #require(IPAddress(v4: "203.0.113.9"))))
    }

    @Test("a rejected request is counted, and answered with what to do")
    func response() throws {
        let metrics = MetricsRegistry()
        let control = AccessControl()
        control.apply(.token("a secret"))
        control.register(in: metrics)
        let peer = try SocketAddress(host: "127.0.0.1", port: 4_711)
        let requests: [(String, Int, String)] = [
            ("Host: evil.example\r\n", 403, "unknown_host"),
            ("Host: localhost\r\nOrigin: http://evil.example\r\n", 403, "foreign_origin"),
            ("Host: localhost\r\n", 401, "missing_token"),
            ("Host: localhost\r\nAuthorization: Bearer b\r\n", 401, "wrong_token"),
        ]
        for (lines, status, reason) in requests {
            let response = try #require(control.rejection(of: try head(lines), from: peer, to: .operates))
            #expect(response.status.code == status)
            #expect(response.headers["Content-Type"] == "application/json")
            #expect(String(decoding: response.body, as: UTF8.self).contains(#""reason":"\#(reason)""#))
            let counter = metrics.counter("leadville_access_rejects_total", "", ["reason": reason])
            #expect(counter.value == 1)
        }
    }

    @Test("without a token, changes are admitted from this machine and private networks, and tokens are made here")
    func networks() throws {
        let cases: [(String, String, AccessReject?, AccessReject?)] = [
            ("127.0.0.1", "", nil, nil), ("::1", "", nil, nil), ("::ffff:127.0.0.1", "", nil, nil),
            ("192.168.1.50", "", nil, .missingToken), ("fe80::1", "", nil, .missingToken),
            ("203.0.113.9", "", .foreignAddress, .missingToken),
            ("2001:db8::1", "", .foreignAddress, .missingToken),
            // A proxy on this machine names its client.
            ("127.0.0.1", "203.0.113.9", .foreignAddress, .missingToken),
            ("127.0.0.1", "127.0.0.1, 203.0.113.9", .foreignAddress, .missingToken),
            ("127.0.0.1", "192.168.1.50", nil, .missingToken), ("127.0.0.1", "unknown", .foreignAddress, .missingToken),
            ("203.0.113.9", "127.0.0.1", .foreignAddress, .missingToken),
        ]
        for (address, forwarded, operating, administering) in cases {
            let line = forwarded.isEmpty ? "" : "X-Forwarded-For: \(forwarded)\r\n"
            let head = try head("Host: localhost\r\n\(line)")
            let label = "\(address) \(forwarded)"
            #expect(try reject(head, to: .operates, by: open, from: address) == operating, "\(label)")
            #expect(try reject(head, to: .administers, by: open, from: address) == administering, "\(label)")
            #expect(try reject(head, to: .reads, by: open, from: address) == nil, "\(label)")
        }
    }

    @Test("a cookie counts for pages of the host that the request names, and never for foreign ones")
    func cookies() throws {
        let control = AccessControl()
        control.apply(.token("a secret"))
        let cookie = "Cookie: a=b; \(TokenCookie.set("a secret", days: nil, secure: false).prefix { $0 != ";" })\r\n"
        let origins: [(String, AccessReject?)] = [
            ("", nil), ("Origin: http://range.local:8000\r\n", nil), ("Origin: http://range.local:5173\r\n", nil),
            ("Origin: http://192.168.1.50\r\n", .missingToken), ("Origin: http://localhost:3000\r\n", .missingToken),
            ("Origin: http://evil.example\r\n", .foreignOrigin), ("Origin: null\r\n", .foreignOrigin),
        ]
        for (origin, expected) in origins {
            let lines = "Host: range.local:8000\r\n\(origin)\(cookie)"
            #expect(try reject(lines, to: .operates, by: control) == expected, "\(origin)")
        }
        let wrong = "Host: range.local\r\nCookie: leadville_token=bm90aGluZw\r\n"
        #expect(try reject(wrong, to: .operates, by: control) == .wrongToken)
    }

    @Test("a token is presented in a header, as a subprotocol of a WebSocket, and in the query where that is allowed")
    func presented() throws {
        var settings = AccessControl.Settings.token("a-secret")
        settings.protectsEverything = true
        let control = AccessControl()
        control.apply(settings)
        let host = "Host: localhost\r\n"
        #expect(try reject(host, to: .reads, by: control) == .missingToken)
        #expect(try reject(host + "Authorization: bearer  a-secret\r\n", to: .reads, by: control) == nil)
        let offer = "Sec-WebSocket-Protocol: bearer, a-secret\r\n"
        #expect(try reject(host + Self.upgrade + offer, to: .reads, by: control) == nil)
        #expect(try reject(host + offer, to: .reads, by: control) == .missingToken)
        #expect(try reject(host, to: .reads, by: control, target: "/x?token=a-secret") == .missingToken)
        settings.allowsTokenInQuery = true
        control.apply(settings)
        #expect(try reject(host, to: .reads, by: control, target: "/x?token=a-secret") == nil)
        #expect(try reject(host, to: .reads, by: control, target: "/x?token=another") == .wrongToken)
    }

    @Test("a revoked token is reported, and what presented it may do nothing more")
    func revocation() throws {
        var table = TokenTable()
        let time = WallTime(nanoseconds: 1)
        let record = try table.add("one", id: "1", name: "One", role: .operate, at: time)
        _ = try table.add("two", id: "2", name: "Two", role: .operate, at: time)
        let control = AccessControl()
        control.use(table)
        var revoked: [Set<String>] = []
        control.onRevocation { revoked.append($0) }
        let peer = try SocketAddress(host: "127.0.0.1", port: 1)
        let client = control.client(of: try head("Host: localhost\r\nAuthorization: Bearer one\r\n"), from: peer)
        #expect(client.reject(.operates) == nil && client.token == record)
        table.recordUse(of: "1", at: time)
        control.use(table)
        #expect(revoked.isEmpty, "a use is no revocation")
        _ = table.remove("One")
        control.use(table)
        #expect(revoked == [["1"]] && client.reject(.operates) == .wrongToken)
        control.use(nil)
        #expect(revoked == [["1"], ["2"]])
        #expect(try reject("Host: localhost\r\n", to: .operates, by: control) == .missingToken, "damage opens nothing")
    }
}

extension AccessControl.Settings {
    static func token(_ text: String) -> Self {
        var settings = Self()
        settings.configuredToken = text
        return settings
    }
}
