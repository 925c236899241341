/// Cross-origin resource sharing: which pages may read the gateway's responses. No response depends on the credentials
/// that a browser adds, so `*` is allowed.
package struct CORSPolicy: Hashable, Sendable {
    package var origins: OriginPolicy
    package var methods: [HTTPMethod]
    /// How long a browser may cache the response to a preflight.
    package var maxAgeSeconds: Int
    /// Below this path, requests of pages that may change something may carry credentials, as those of some clients do:
    /// browsers then require that the response names the origin. Others do not share credentials, because a proxy in
    /// front of the gateway may use them.
    package var credentialPath: String?

    package init(
        origins: OriginPolicy = .any,
        methods: [HTTPMethod] = [.get, .head, .post, .put, .patch, .delete, .options],
        maxAgeSeconds: Int = 600
    ) {
        self.origins = origins
        self.methods = methods
        self.maxAgeSeconds = maxAgeSeconds
    }

    /// The response to a preflight request, or nil if the request is none. A page that is not allowed gets no CORS
    /// headers.
    package func preflight(_ head: HTTPRequestHead) -> HTTPResponse? {
        guard head.method == .options, head.headers.contains("Origin"),
            head.headers.contains("Access-Control-Request-Method")
        else { return nil }
        var response = HTTPResponse(.noContent)
        decorate(&response, for: head)
        guard response.headers.contains("Access-Control-Allow-Origin") else { return response }
        response.headers.add("Access-Control-Allow-Methods", methods.map(\.rawValue).joined(separator: ", "))
        // All headers are allowed: a browser adds no credentials by itself, and a page that knows the access token may
        // use it.
        if let requested = head.headers["Access-Control-Request-Headers"] {
            response.headers.add("Access-Control-Allow-Headers", requested)
        }
        // Chromium requires this before a public page may connect to a machine on the local network.
        if head.headers["Access-Control-Request-Private-Network"] == "true" {
            response.headers.add("Access-Control-Allow-Private-Network", "true")
        }
        response.headers.add("Access-Control-Max-Age", String(maxAgeSeconds))
        return response
    }

    /// Adds the CORS headers for the page that sent the request. If they depend on the origin, Vary prevents caches
    /// from serving them to another page.
    package func decorate(_ response: inout HTTPResponse, for head: HTTPRequestHead) {
        if let credentialPath, head.path.hasPrefix(credentialPath), let origin = head.headers["Origin"],
            origins.allowsChanges(origin, host: head.host)
        {
            response.headers.add("Vary", "Origin")
            response.headers.set("Access-Control-Allow-Origin", origin)
            response.headers.set("Access-Control-Allow-Credentials", "true")
            return
        }
        if origins.isOpen {
            if head.headers.contains("Origin") { response.headers.set("Access-Control-Allow-Origin", "*") }
            return
        }
        response.headers.add("Vary", "Origin")
        guard let origin = head.headers["Origin"], origins.allowsReading(origin, host: head.host) else { return }
        response.headers.set("Access-Control-Allow-Origin", origin)
    }
}
