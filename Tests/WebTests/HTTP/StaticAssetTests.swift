import Foundation
import Reactor
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

    @Test("the compressed form has the same content and a tag of its own")
    func compressed() throws {
        let long = StaticAsset(Array(String(repeating: "<p>text</p>\n", count: 100).utf8), .html)
        let compressed = try #require(long.compressed)
        #expect(compressed.isCompressed && compressed.bytes.count < long.bytes.count / 10)
        let content = try Gzip.decompress(compressed.bytes, limit: 10_000)
        #expect(content == long.bytes)
        #expect(compressed.entityTag != long.entityTag)
        #expect(asset.compressed == nil, "nothing is gained")
    }

    @Test("is compressed for clients that accept it") @ReactorActor
    func negotiation() throws {
        var calls = 0
        let served = ServedAsset(.html) {
            calls += 1
            return [UInt8](repeating: 0x20, count: 1_000)
        }
        func response(_ headers: String) throws -> HTTPResponse {
            let parsed = ParsedHTTP("GET / HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
            return served.response(to: try #require(parsed.requests.first?.head))
        }
        #expect(calls == 0, "it is made at the first request")
        for accepted in ["gzip", "br, GZIP ;q=0.5", "deflate, gzip"] {
            let response = try response("Accept-Encoding: \(accepted)\r\n")
            #expect(response.headers["Content-Encoding"] == "gzip" && response.body.count < 100)
            #expect(response.headers["Vary"] == "Accept-Encoding")
        }
        for rejected in [
            "", "Accept-Encoding: br\r\n", "Accept-Encoding: gzip;q=0\r\n", "Accept-Encoding: gzip; q=0.0\r\n",
        ] {
            let response = try response(rejected)
            #expect(response.headers["Content-Encoding"] == nil && response.body.count == 1_000)
        }
        #expect(calls == 2, "each form is made once")
        let tag = try #require(try response("Accept-Encoding: gzip\r\n").headers["ETag"])
        let again = try response("Accept-Encoding: gzip\r\nIf-None-Match: \(tag)\r\n")
        #expect(again.status == .notModified && again.headers["Content-Encoding"] == nil)
    }

    @Test("a file that exists in both forms is sent in either") @ReactorActor
    func bothForms() throws {
        let text = Array(String(repeating: "text ", count: 100).utf8)
        let gzip = try #require(Gzip.compress(text))
        var made: [String] = []
        let served = ServedAsset(
            .css,
            plain: {
                made.append("plain")
                return text
            },
            compressed: {
                made.append("compressed")
                return gzip
            })
        func response(_ headers: String) throws -> HTTPResponse {
            let parsed = ParsedHTTP("GET / HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
            return served.response(to: try #require(parsed.requests.first?.head))
        }
        for _ in 1...2 {
            let response = try response("Accept-Encoding: gzip\r\n")
            #expect(response.body == gzip && response.headers["Content-Encoding"] == "gzip")
            #expect(response.headers["Vary"] == "Accept-Encoding")
        }
        #expect(made == ["compressed"], "nothing else is needed for most clients")
        let plain = try response("")
        #expect(plain.body == text && plain.headers["Content-Encoding"] == nil)
        #expect(plain.headers["ETag"] == StaticAsset(text, .css).entityTag)
        #expect(try response("Accept-Encoding: gzip\r\n").headers["ETag"] != plain.headers["ETag"])
        let tag = try #require(plain.headers["ETag"])
        #expect(try response("If-None-Match: \(tag)\r\n").status == .notModified)
        #expect(made == ["compressed", "plain"], "each form is made once")
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
