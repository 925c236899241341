import Testing

@testable import Web

@Suite("Compression negotiation") struct PerMessageDeflateTests {
    private func negotiate(
        _ offers: String..., settings: PerMessageDeflate.Settings = .init(clientNoContextTakeover: false)
    )
        -> (agreement: PerMessageDeflate.Agreement, response: String)?
    {
        var headers = HTTPHeaders()
        for offer in offers { headers.add("Sec-WebSocket-Extensions", offer) }
        return PerMessageDeflate.negotiate(headers, settings)
    }

    private static let base = "permessage-deflate; server_no_context_takeover"

    @Test(
        "accepted offers",
        arguments: [
            ("permessage-deflate", base, 15, true),
            ("PerMessage-Deflate", base, 15, true),
            ("permessage-deflate; client_max_window_bits", base, 15, true),
            ("permessage-deflate;client_max_window_bits=10", base + "; client_max_window_bits=10", 15, true),
            ("permessage-deflate; client_max_window_bits=8", base + "; client_max_window_bits=8", 15, true),
            ("permessage-deflate; client_max_window_bits=\"12\"", base + "; client_max_window_bits=12", 15, true),
            ("permessage-deflate; server_max_window_bits=10", base + "; server_max_window_bits=10", 10, true),
            ("permessage-deflate; server_max_window_bits=8", base + "; server_max_window_bits=8", 8, true),
            ("permessage-deflate; server_max_window_bits=15", base + "; server_max_window_bits=15", 15, true),
            ("permessage-deflate; server_no_context_takeover", base, 15, true),
            ("permessage-deflate; client_no_context_takeover", base + "; client_no_context_takeover", 15, false),
            (
                "permessage-deflate; client_max_window_bits=9; server_max_window_bits=9 ; client_no_context_takeover;"
                    + "server_no_context_takeover",
                base + "; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9", 9, false
            ),
            ("x-webkit-deflate-frame, permessage-deflate", base, 15, true),
            (
                "permessage-deflate; unknown, permessage-deflate; server_max_window_bits=11, permessage-deflate",
                base + "; server_max_window_bits=11", 11, true
            ),
        ])
    func accepted(offer: String, expected: String, ourWindowBits: Int, peerKeepsContext: Bool) {
        let result = negotiate(offer)
        #expect(result?.response == expected)
        #expect(result?.agreement.ourWindowBits == ourWindowBits)
        #expect(result?.agreement.peerKeepsContext == peerKeepsContext)
    }

    @Test(
        "declined offers",
        arguments: [
            "", "permessage-deflat", "permessage-deflate; unknown", "permessage-deflate; unknown=1",
            "permessage-deflate; server_max_window_bits", "permessage-deflate; server_max_window_bits=7",
            "permessage-deflate; server_max_window_bits=16", "permessage-deflate; server_max_window_bits=09",
            "permessage-deflate; server_max_window_bits=+9", "permessage-deflate; server_max_window_bits=\"\"",
            "permessage-deflate; client_max_window_bits=7", "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=", "permessage-deflate; client_max_window_bits=x",
            "permessage-deflate; client_no_context_takeover=1", "permessage-deflate; server_no_context_takeover=true",
            "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
            "permessage-deflate; server_max_window_bits=10; server_max_window_bits=11",
            "permessage-deflate; client max", "permessage-deflate; =1", "\"permessage-deflate\"",
        ])
    func declined(offer: String) {
        #expect(negotiate(offer) == nil)
    }

    @Test("offers may span several header lines")
    func severalLines() {
        #expect(negotiate("a; b=\"c, d\"", "permessage-deflate; x", "permessage-deflate")?.response == Self.base)
    }

    @Test("the server's settings apply where the client allows them")
    func settings() {
        let settings = PerMessageDeflate.Settings(clientNoContextTakeover: true, clientMaxWindowBits: 10)
        #expect(
            negotiate("permessage-deflate", settings: settings)?.response == Self.base + "; client_no_context_takeover")
        #expect(
            negotiate("permessage-deflate; client_max_window_bits", settings: settings)?.response
                == Self.base + "; client_no_context_takeover; client_max_window_bits=10")
        #expect(
            negotiate("permessage-deflate; client_max_window_bits=12", settings: settings)?.response
                == Self.base + "; client_no_context_takeover; client_max_window_bits=10")
        #expect(
            negotiate("permessage-deflate; client_max_window_bits=9", settings: settings)?.response
                == Self.base + "; client_no_context_takeover; client_max_window_bits=9")
        #expect(PerMessageDeflate.Settings(clientMaxWindowBits: 99).clientMaxWindowBits == 15)
    }

    @Test(
        "a client validates responses",
        arguments: [
            ("permessage-deflate", nil), ("permessage-deflate; server_no_context_takeover", 15),
            ("permessage-deflate; server_no_context_takeover; client_max_window_bits=9; server_max_window_bits=12", 9),
            ("permessage-deflate; server_no_context_takeover; server_max_window_bits=13", nil),
            ("permessage-deflate; server_no_context_takeover; client_max_window_bits", nil),
            ("other", nil), ("permessage-deflate; server_no_context_takeover; x", nil),
        ])
    func responses(text: String, ourWindowBits: Int?) throws {
        var headers = HTTPHeaders()
        let window = text.contains("server_max_window_bits") || ourWindowBits == nil
        let full = window || text == "permessage-deflate" ? text : text + "; server_max_window_bits=12"
        headers.add("Sec-WebSocket-Extensions", full)
        let offer = PerMessageDeflate.Offer(serverNoContextTakeover: true, serverMaxWindowBits: 12)
        let response = try #require(WebSocketExtension.list(headers).first)
        #expect(offer.agreement(response)?.ourWindowBits == ourWindowBits)
    }
}
