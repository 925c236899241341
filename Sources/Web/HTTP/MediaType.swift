/// What a body is, as Content-Type names it.
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

    /// The type that a file's ending stands for; bytes, where the ending is unknown.
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
