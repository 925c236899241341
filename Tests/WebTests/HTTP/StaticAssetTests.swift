import Foundation
import TestSupport
import Testing

@testable import Web

@Suite("Static assets") struct StaticAssetTests {
    private let asset = StaticAsset(Array("<p>".utf8), .html)

    private func response(_ method: String = "GET", _ headers: String = "") throws -> HTTPResponse {
        let parsed = ParsedHTTP("\(method) / HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
        return asset.response(to: try #require(parsed.requests.first?.head))
    }

    @Test("responds with bytes, type and tag")
    func served() throws {
        let response = try response()
        #expect(response.status == .ok && response.body == asset.bytes)
        #expect(response.headers["ETag"] == asset.entityTag)
        #expect(response.headers["Content-Type"] == MediaType.html.text)
        #expect(asset.entityTag.hasPrefix("\"") && asset.entityTag.hasSuffix("\""))
    }

    @Test("different bytes have different tags")
    func tags() {
        #expect(StaticAsset([1], .html).entityTag != StaticAsset([2], .html).entityTag)
        #expect(StaticAsset([1], .html).entityTag == StaticAsset([1], .html).entityTag)
    }

    @Test("responds 304 to a client that has the current version")
    func notModified() throws {
        for tags in [asset.entityTag, "\"other\", W/\(asset.entityTag)", "*"] {
            let response = try response("GET", "If-None-Match: \(tags)\r\n")
            #expect(response.status == .notModified && response.body.isEmpty)
            #expect(response.headers["ETag"] == asset.entityTag)
        }
        #expect(try response("GET", "If-None-Match: \"other\"\r\n").status == .ok)
    }

    @Test("allows only GET and HEAD")
    func methods() throws {
        #expect(try response("HEAD").status == .ok)
        #expect(try response("POST").headers["Allow"] == "GET, HEAD")
    }
}

@Suite("Base64 and SHA-1") struct EncodingTests {
    @Test("base64 agrees with Foundation")
    func base64() {
        var random = SeededGenerator(seed: 0x5EED_0004)
        for length in 0..<200 {
            let bytes = random.bytes(length)
            let text = Base64.encode(bytes)
            #expect(text == Data(bytes).base64EncodedString())
        }
    }

    @Test("SHA-1 of the standard's examples")
    func sha1() {
        #expect(SHA1.digest([]) == hexadecimal("da39a3ee5e6b4b0d3255bfef95601890afd80709"))
        #expect(SHA1.digest(Array("abc".utf8)) == hexadecimal("a9993e364706816aba3e25717850c26c9cd0d89d"))
        let million = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        #expect(SHA1.digest(million) == hexadecimal("34aa973cd4c4daa4f61eeb2bdbad27316534016f"))
    }
}
