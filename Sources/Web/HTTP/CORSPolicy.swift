/// Cross-origin resource sharing: which pages may read the gateway's responses. Credentials are never shared, so `*` is
/// allowed.
package struct CORSPolicy: Hashable, Sendable {
    package var origins: OriginPolicy
    package var methods: [HTTPMethod]
    /// How long a browser may cache the response to a preflight.
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

/// Which web pages may use the gateway, by the Origin header of their browser.
package enum OriginPolicy: Hashable, Sendable {
    case any
    /// Exact origins, such as `http://range.local:3000`.
    case only([String])

    /// A list from the configuration; `*` anywhere in it allows any origin.
    package init(_ origins: [String]) {
        self = origins.contains("*") ? .any : .only(origins)
    }

    /// Whether pages of this origin are allowed, ignoring case.
    package func allows(_ origin: String) -> Bool {
        switch self {
        case .any: true
        case .only(let origins): origins.contains { $0.lowercased() == origin.lowercased() }
        }
    }
}
