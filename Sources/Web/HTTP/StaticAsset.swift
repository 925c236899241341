/// A static file with its media type and a strong entity tag derived from its bytes.
package struct StaticAsset: Hashable, Sendable {
    package let bytes: [UInt8]
    package let mediaType: MediaType
    /// Including the quotes.
    package let entityTag: String
    /// Whether `bytes` are compressed with gzip.
    package let isCompressed: Bool

    package init(_ bytes: [UInt8], _ mediaType: MediaType) {
        self.init(bytes, mediaType, isCompressed: false)
    }

    /// - Parameter compressed: with gzip.
    package init(compressed: [UInt8], _ mediaType: MediaType) {
        self.init(compressed, mediaType, isCompressed: true)
    }

    /// The compressed form, with a tag of its own; nil if it would not be shorter.
    package var compressed: StaticAsset? {
        guard !isCompressed, let compressed = Gzip.compress(bytes), compressed.count < bytes.count else { return nil }
        return StaticAsset(compressed: compressed, mediaType)
    }

    private init(_ bytes: [UInt8], _ mediaType: MediaType, isCompressed: Bool) {
        self.bytes = bytes
        self.mediaType = mediaType
        self.isCompressed = isCompressed
        entityTag = "\"" + Base64.encode(SHA1.digest(bytes)[..<15]) + "\""
    }

    /// The asset, 304 if the client has it already, or 405. `no-cache` makes browsers revalidate each time, so that a
    /// page never mixes files of two versions.
    package func response(to head: HTTPRequestHead) -> HTTPResponse {
        guard head.method == .get || head.method == .head else { return .methodNotAllowed(allow: [.get, .head]) }
        var response = HTTPResponse(.notModified)
        response.headers.add("ETag", entityTag)
        response.headers.add("Cache-Control", "no-cache")
        response.headers.add("Vary", "Accept-Encoding")
        if matchesEntityTag(head.headers.list("If-None-Match")) { return response }
        response.status = .ok
        response.headers.add("Content-Type", mediaType.text)
        response.headers.add("X-Content-Type-Options", "nosniff")
        if isCompressed { response.headers.add("Content-Encoding", "gzip") }
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

/// A media type, the value of Content-Type.
package struct MediaType: Hashable, Sendable {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package static let plainText = Self("text/plain; charset=utf-8")
    package static let html = Self("text/html; charset=utf-8")
    package static let css = Self("text/css; charset=utf-8")
    package static let csv = Self("text/csv; charset=utf-8")
    package static let javaScript = Self("text/javascript; charset=utf-8")
    package static let json = Self("application/json")
    package static let jsonLines = Self("application/x-ndjson")
    package static let yaml = Self("application/yaml")
    package static let svg = Self("image/svg+xml; charset=utf-8")
    package static let png = Self("image/png")
    package static let octets = Self("application/octet-stream")
    /// The Prometheus text format.
    package static let prometheus = Self("text/plain; version=0.0.4; charset=utf-8")

    /// The type for a file extension; `octets` if the extension is unknown.
    package init(fileName: String) {
        let name = fileName.utf8
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else {
            self = .octets
            return
        }
        let ending = String(decoding: name[name.index(after: dot)...].map(\.lowercasedASCII), as: UTF8.self)
        self = Self.types[ending] ?? .octets
    }

    private static let types: [String: MediaType] = [
        "css": .css, "csv": .csv, "htm": .html, "html": .html, "js": .javaScript, "json": .json, "jsonl": .jsonLines,
        "map": .json, "md": Self("text/markdown; charset=utf-8"), "mjs": .javaScript, "png": .png, "svg": .svg,
        "txt": .plainText, "webmanifest": Self("application/manifest+json"), "xml": Self("text/xml; charset=utf-8"),
        "yaml": .yaml, "yml": .yaml,
        "gif": Self("image/gif"), "ico": Self("image/x-icon"), "jpeg": Self("image/jpeg"), "jpg": Self("image/jpeg"),
        "pdf": Self("application/pdf"), "wasm": Self("application/wasm"), "webp": Self("image/webp"),
        "woff": Self("font/woff"), "woff2": Self("font/woff2"), "zip": Self("application/zip"),
    ]
}
