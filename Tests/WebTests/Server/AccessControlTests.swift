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
        control.reject(try head(lines, target: target), to: access)
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
        #expect(try reject(lines, to: .changes, by: open) == .foreignOrigin)
        #expect(try reject(lines, to: .changes, by: limited) == .foreignOrigin)
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
            #expect(try reject(lines, to: .changes, by: control) == nil)
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
            #expect(try reject(lines, to: .changes, by: open) == .unknownHost)
            #expect(try reject(lines, to: .changes, by: limited) == .unknownHost)
            #expect(try reject(lines, to: .reads, by: open) == nil)
            #expect(try reject(lines, to: .reads, by: limited) == .unknownHost)
        }
    }

    @Test("an absolute target names the host")
    func absoluteTarget() throws {
        let evil = "http://rebound.example/x"
        #expect(try reject("Host: localhost\r\n", to: .changes, by: open, target: evil) == .unknownHost)
        #expect(try reject("Host: rebound.example\r\n", to: .changes, by: open, target: "http://localhost/x") == nil)
    }

    @Test("HTTP/1.0 may omit the host")
    func withoutHost() throws {
        let parsed = ParsedHTTP("POST /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n")
        let head = try #require(parsed.requests.first?.head)
        #expect(open.reject(head, to: .changes) == nil)
    }

    @Test("addresses of the machine's interfaces are its hosts")
    func interfaces() throws {
        #expect(InterfaceAddresses().contains(try #require(IPAddress(v4: "127.0.0.1"))))
        #expect(!InterfaceAddresses().contains(try #require(IPAddress(v4: "203.0.113.9"))))
    }

    @Test("a rejected request is counted, and answered with what to do")
    func response() throws {
        let metrics = MetricsRegistry()
        let control = AccessControl(token: AccessToken("a secret"))
        control.register(in: metrics)
        let requests: [(String, Int, String)] = [
            ("Host: evil.example\r\n", 403, "unknown_host"),
            ("Host: localhost\r\nOrigin: http://evil.example\r\n", 403, "foreign_origin"),
            ("Host: localhost\r\n", 401, "missing_token"),
            ("Host: localhost\r\nAuthorization: Bearer b\r\n", 401, "wrong_token"),
        ]
        for (lines, status, reason) in requests {
            let response = try #require(control.rejection(of: try head(lines), to: .changes))
            #expect(response.status.code == status)
            #expect(response.headers["Content-Type"] == "application/json")
            #expect(String(decoding: response.body, as: UTF8.self).contains(#""reason":"\#(reason)""#))
            let counter = metrics.counter("leadville_access_rejects_total", "", ["reason": reason])
            #expect(counter.value == 1)
        }
    }
}
