import Testing

@testable import Web

@Suite("CORS") struct CORSTests {
    private func head(_ method: String, _ headers: String = "") throws -> HTTPRequestHead {
        let parsed = ParsedHTTP("\(method) /x HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
        return try #require(parsed.requests.first?.head)
    }

    private let listed = CORSPolicy(origins: OriginPolicy(["http://pages.example:3000"]))

    @Test("any origin gets a star")
    func any() throws {
        var response = HTTPResponse.text("x")
        CORSPolicy().decorate(&response, for: try head("GET", "Origin: http://a\r\n"))
        #expect(response.headers["Access-Control-Allow-Origin"] == "*")
        #expect(!response.headers.contains("Vary"))
        var plain = HTTPResponse.text("x")
        CORSPolicy().decorate(&plain, for: try head("GET"))
        #expect(!plain.headers.contains("Access-Control-Allow-Origin"))
    }

    @Test("a listed origin is named, another gets no header; both responses vary by origin")
    func list() throws {
        for (origin, expected) in [
            ("Origin: http://pages.example:3000\r\n", "http://pages.example:3000"), ("Origin: http://evil\r\n", nil),
            ("Origin: http://pages.example:3000.evil\r\n", nil), ("Origin: null\r\n", nil), ("", nil),
        ] {
            var response = HTTPResponse.text("x")
            listed.decorate(&response, for: try head("GET", origin))
            #expect(response.headers["Access-Control-Allow-Origin"] == expected)
            #expect(response.headers["Vary"] == "Origin")
        }
    }

    @Test("a page of this machine or its network may read as well, because it may change everything")
    func own() throws {
        for origin in ["http://h:5173", "http://localhost:3000", "http://192.168.1.7", "http://range.local"] {
            var response = HTTPResponse.text("x")
            listed.decorate(&response, for: try head("GET", "Origin: \(origin)\r\n"))
            #expect(response.headers["Access-Control-Allow-Origin"] == origin)
        }
    }

    @Test("the response to a preflight lists what the page may do")
    func preflight() throws {
        let request = try head(
            "OPTIONS",
            "Origin: http://pages.example:3000\r\nAccess-Control-Request-Method: POST\r\n"
                + "Access-Control-Request-Headers: content-type, x-a\r\nAccess-Control-Request-Private-Network: true\r\n"
        )
        let response = try #require(listed.preflight(request))
        #expect(response.status == .noContent)
        #expect(response.headers["Access-Control-Allow-Origin"] == "http://pages.example:3000")
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            #expect(response.headers.list("Access-Control-Allow-Methods").contains(method))
        }
        #expect(response.headers["Access-Control-Allow-Headers"] == "content-type, x-a")
        #expect(response.headers["Access-Control-Allow-Private-Network"] == "true")
        #expect(response.headers["Access-Control-Max-Age"] == "600")
    }

    @Test("a preflight from another origin gets no permission")
    func foreignPreflight() throws {
        let request = try head("OPTIONS", "Origin: http://evil\r\nAccess-Control-Request-Method: POST\r\n")
        let response = try #require(listed.preflight(request))
        #expect(response.headers.all.map(\.name) == ["Vary"])
    }

    @Test("other OPTIONS requests are left to the routes")
    func noPreflight() throws {
        #expect(listed.preflight(try head("OPTIONS", "Origin: http://a\r\n")) == nil)
        #expect(listed.preflight(try head("GET", "Origin: a\r\nAccess-Control-Request-Method: GET\r\n")) == nil)
    }
}
