/// A file that is served as it is: its bytes, kind and a strong entity tag made from the bytes.
package struct StaticAsset: Hashable, Sendable {
    package let bytes: [UInt8]
    package let mediaType: MediaType
    /// With its quotes.
    package let entityTag: String

    package init(_ bytes: [UInt8], _ mediaType: MediaType) {
        self.bytes = bytes
        self.mediaType = mediaType
        entityTag = "\"" + Base64.encode(SHA1.digest(bytes)[..<15]) + "\""
    }

    /// The asset, 304 if the client has it already, or 405. Browsers are told to ask each time: after an upgrade of the
    /// gateway no page may be a mixture of old and new files.
    package func response(to head: HTTPRequestHead) -> HTTPResponse {
        guard head.method == .get || head.method == .head else { return .methodNotAllowed(allow: [.get, .head]) }
        var response = HTTPResponse(.notModified)
        response.headers.add("ETag", entityTag)
        response.headers.add("Cache-Control", "no-cache")
        if matchesEntityTag(head.headers.list("If-None-Match")) { return response }
        response.status = .ok
        response.headers.add("Content-Type", mediaType.text)
        response.headers.add("X-Content-Type-Options", "nosniff")
        response.body = bytes
        return response
    }

    /// RFC 9110 §13.1.2: the comparison is weak, since proxies mark tags as weak when they compress.
    private func matchesEntityTag(_ tags: [String]) -> Bool {
        tags.contains { tag in
            tag == "*" || tag == entityTag || (tag.hasPrefix("W/") && tag.dropFirst(2) == entityTag)
        }
    }
}
