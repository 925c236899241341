import Clocks
import Testing

@testable import Web

@Suite("WebSocket client handshakes") struct WebSocketClientHandshakeTests {
    private let offer = PerMessageDeflate.Offer(serverNoContextTakeover: true)

    private func client() -> WebSocketClientHandshake {
        WebSocketClientHandshake(
            host: "range.local:8000", target: "/ws/live?a=b", subprotocols: ["x", "y"], deflate: offer, seed: 42)
    }

    private func serverResponse(to request: [UInt8]) throws -> [UInt8] {
        let head = try #require(ParsedHTTP(request).requests.first?.head)
        #expect(head.path == "/ws/live" && head.host == "range.local:8000")
        let handshake = try WebSocketHandshake(head, .init(subprotocols: ["y"], deflate: .init()))
        var bytes: [UInt8] = []
        handshake.response.append(to: &bytes, persistence: .keepAlive, date: WallTime(nanoseconds: 0))
        return bytes
    }

    @Test("our server and client agree, byte by byte, and frames may follow immediately")
    func together() throws {
        var client = client()
        let response = try serverResponse(to: client.request)
        var outcome: WebSocketClientHandshake.Outcome?
        for byte in response.dropLast() {
            var piece = [byte][...]
            outcome = try client.next(&piece)
            #expect(outcome == nil)
        }
        var last = [response[response.count - 1], 0x81, 0x00][...]
        outcome = try client.next(&last)
        #expect(outcome?.subprotocol == "y")
        #expect(outcome?.deflate == .init(ourWindowBits: 15, peerKeepsContext: false))
        #expect(last == [0x81, 0x00])
    }

    @Test("different seeds give different keys")
    func keys() {
        #expect(
            WebSocketClientHandshake(host: "h", seed: 1).request != WebSocketClientHandshake(host: "h", seed: 2).request
        )
    }

    @Test(
        "rejects invalid responses",
        arguments: [
            ("HTTP/1.1 101 ", "HTTP/1.1 404 ", WebSocketClientHandshake.ResponseError.unexpectedStatus(.notFound)),
            ("HTTP/1.1 101 ", "HTTP/2.0 101 ", .notHTTP(HTTPError(.unsupportedVersion))),
            ("HTTP/1.1 101 ", "HTTP/1.1 1o1 ", .notHTTP(HTTPError(.malformedRequestLine))),
            ("HTTP/1.1 101 ", "SSH-2.0 ", .notHTTP(HTTPError(.malformedRequestLine))),
            ("Upgrade: websocket", "Upgrade: h2c", .notWebSocket),
            ("Connection: Upgrade", "Connection: close", .notWebSocket),
            ("Sec-WebSocket-Accept: ", "Sec-WebSocket-Accept: x", .wrongAcceptKey),
            ("Sec-WebSocket-Accept: ", "X: ", .wrongAcceptKey),
            ("Protocol: y", "Protocol: z", .unofferedSubprotocol("z")),
            ("permessage-deflate; server_no", "permessage-deflate; x; server_no", .unofferedExtension),
            ("permessage-deflate", "other", .unofferedExtension),
        ])
    func rejected(part: String, replacement: String, error: WebSocketClientHandshake.ResponseError) throws {
        var client = client()
        let response = String(decoding: try serverResponse(to: client.request), as: UTF8.self)
        let parts = response.split(separator: part, maxSplits: 1, omittingEmptySubsequences: false)
        try #require(parts.count == 2)
        var input = Array((parts[0] + replacement + parts[1]).utf8)[...]
        #expect(throws: error) { _ = try client.next(&input) }
    }

    @Test("only a failure of the server is temporary")
    func temporary() {
        typealias ResponseError = WebSocketClientHandshake.ResponseError
        for (status, isTemporary) in [(503, true), (500, true), (429, true), (404, false), (403, false), (200, false)] {
            #expect(ResponseError.unexpectedStatus(HTTPStatus(status)).isTemporary == isTemporary)
        }
        #expect(!ResponseError.notWebSocket.isTemporary)
    }

    @Test("rejects an endless response")
    func endless() {
        var client = client()
        #expect(throws: WebSocketClientHandshake.ResponseError.notHTTP(HTTPError(.headersTooLarge))) {
            var input = Array("HTTP/1.1 101 x\r\nA: \(String(repeating: "b", count: 20_000))".utf8)[...]
            _ = try client.next(&input)
        }
    }
}
