import Testing

@testable import Web

@Suite("Static assets") struct StaticAssetTests {
    private let asset = StaticAsset(Array("<p>".utf8), .html)

    private func response(_ method: String = "GET", _ headers: String = "") throws -> HTTPResponse {
        let parsed = ParsedHTTP("\(method) / HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
        return asset.response(to: try #require(parsed.requests.first?.head))
    }

    @Test("the bytes, with their kind and tag")
    func served() throws {
        let response = try response()
        #expect(response.status == .ok && response.body == asset.bytes)
        #expect(response.headers["ETag"] == asset.entityTag)
        #expect(response.headers["Content-Type"] == MediaType.html.text)
        #expect(asset.entityTag.hasPrefix("\"") && asset.entityTag.hasSuffix("\""))
    }

    @Test("other bytes have another tag")
    func tags() {
        #expect(StaticAsset([1], .html).entityTag != StaticAsset([2], .html).entityTag)
        #expect(StaticAsset([1], .html).entityTag == StaticAsset([1], .html).entityTag)
    }

    @Test("a client that has it is told so")
    func notModified() throws {
        for tags in [asset.entityTag, "\"other\", W/\(asset.entityTag)", "*"] {
            let response = try response("GET", "If-None-Match: \(tags)\r\n")
            #expect(response.status == .notModified && response.body.isEmpty)
            #expect(response.headers["ETag"] == asset.entityTag)
        }
        #expect(try response("GET", "If-None-Match: \"other\"\r\n").status == .ok)
    }

    @Test("only GET and HEAD")
    func methods() throws {
        #expect(try response("HEAD").status == .ok)
        #expect(try response("POST").headers["Allow"] == "GET, HEAD")
    }
}
