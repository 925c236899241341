/// Cross-origin resource sharing: what browsers are told about who may read the gateway's answers. No credentials are
/// ever shared, so `*` can be answered plainly.
package struct CORSPolicy: Hashable, Sendable {
    package var origins: OriginPolicy
    package var methods: [HTTPMethod]
    /// How long a browser may remember the answer to a preflight.
    package var maxAgeSeconds: Int

    package init(
        origins: OriginPolicy = .any,
        methods: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options],
        maxAgeSeconds: Int = 600
    ) {
        self.origins = origins
        self.methods = methods
        self.maxAgeSeconds = maxAgeSeconds
    }

    /// The answer to a browser's preflight, or nil if the request is none. A page that may not is answered without the
    /// headers that would let it.
    package func preflight(_ head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .options, head.headers.contains("Origin"),
            head.headers.contains("Access-Control-Request-Method")
        else { return nil }
        var response = HTTPResponse(.noContent)
        decorate(&response, for: head)
        guard response.headers.contains("Access-Control-Allow-Origin") else { return response }
        response.headers.add("Access-Control-Allow-Methods", methods.map(\.rawValue).joined(separator: ", "))
        // Whatever the page wants to send: a browser adds no credentials by itself, and a page that knows the access
        // token may use it.
        if let wanted = head.headers["Access-Control-Request-Headers"] {
            response.headers.add("Access-Control-Allow-Headers", wanted)
        }
        // Chromium asks this before it lets a public page reach a machine on the local network.
        if head.headers["Access-Control-Request-Private-Network"] == "true" {
            response.headers.add("Access-Control-Allow-Private-Network", "true")
        }
        response.headers.add("Access-Control-Max-Age", String(maxAgeSeconds))
        return response
    }

    /// Adds what a response needs for the page behind the request to read it. Where the answer depends on the origin,
    /// Vary says so, to keep caches from handing it to another page.
    package func decorate(_ response: inout HTTPResponse, for head: HTTPRequestHead) {
        switch origins {
        case .any:
            if head.headers.contains("Origin") { response.headers.set("Access-Control-Allow-Origin", "*") }
        case .only:
            response.headers.add("Vary", "Origin")
            guard let origin = head.headers["Origin"], origins.allows(origin) else { return }
            response.headers.set("Access-Control-Allow-Origin", origin)
        }
    }
}
