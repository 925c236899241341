import Reactor
import Testing

@testable import Web

@Suite("Required TLS") @ReactorActor
struct RequiredTLSTests {
    private func answer(to request: String, from host: String) async throws -> String {
        let bed = TestServer { $0.requiresTLS = true }
        let client = try TestClient(to: bed.server, from: host)
        client.send(request)
        await client.wait { $0.text.contains("\r\n\r\n") }
        return client.text
    }

    @Test("pages are redirected, everything else is rejected")
    func rejected() async throws {
        let page = try await answer(to: "GET /hello?a=1 HTTP/1.1\r\nHost: range.local:8000\r\n\r\n", from: "192.0.2.1")
        #expect(page.hasPrefix("HTTP/1.1 308 ") && page.contains("Location: https://range.local:8000/hello?a=1\r\n"))
        for request in [
            "GET /socket HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
            "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx",
        ] {
            let answer = try await answer(to: request, from: "192.0.2.1")
            #expect(answer.hasPrefix("HTTP/1.1 403 "))
        }
    }

    @Test("programs on the same machine need none")
    func local() async throws {
        let answer = try await answer(to: "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n", from: "127.0.0.1")
        #expect(answer.hasPrefix("HTTP/1.1 200 "))
    }
}
