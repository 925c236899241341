import Network

/// Which web pages may use the gateway, by the Origin header of their browser, and under which host names the gateway
/// is reached. Clients that are not browsers send no Origin.
package struct OriginPolicy: Hashable, Sendable {
    /// Whether pages of any origin may read.
    package let isOpen: Bool
    /// Exact origins, such as `http://pages.example:3000`, in lower case. Their pages may read and change everything.
    private let listed: Set<String>
    /// Names of this machine besides those that are local by their form.
    private let ownNames: Set<WebHost>
    /// The hosts of listed origins: a proxy may serve a page and the gateway under one name.
    private let listedHosts: Set<WebHost>

    package static let any = Self(["*"])

    /// - Parameter origins: from the configuration; `*` lets pages of any origin read.
    /// - Parameter names: the names under which this machine is reached.
    package init(_ origins: [String], names: [String] = []) {
        isOpen = origins.contains("*")
        listed = Set(origins.filter { $0 != "*" }.map { $0.lowercased() })
        ownNames = Set(names.compactMap(WebHost.init(configured:)))
        listedHosts = Set(listed.compactMap(WebHost.init(origin:)))
    }

    /// Whether a page of this origin may read.
    package func allowsReading(_ origin: String, host: String?) -> Bool {
        isOpen || allowsChanges(origin, host: host)
    }

    /// Whether a page of this origin may change something: it is listed, or it was loaded from this machine or its
    /// network. `host` is the host that the request names.
    package func allowsChanges(_ origin: String, host: String?) -> Bool {
        if listed.contains(origin.lowercased()) { return true }
        guard let page = WebHost(origin: origin) else { return false }
        if let host, WebHost(authority: host) == page { return true }
        if ownNames.contains(page) { return true }
        return switch page {
        case .address(let address): address.isLocal
        case .name(let name): Self.isLocal(name)
        }
    }

    /// Whether a cookie counts in a request of a page of this origin: only if the page was loaded from the host that the
    /// request names, from this machine's own name, or is listed. Other pages of the network may change something, but
    /// must present a token themselves.
    package func allowsCookies(_ origin: String, host: String?) -> Bool {
        if listed.contains(origin.lowercased()) { return true }
        guard let page = WebHost(origin: origin) else { return false }
        return ownNames.contains(page) || host.flatMap { WebHost(authority: $0) } == page
    }

    /// Whether a request may name this host. A foreign name means that a page's own domain name was rebound to this
    /// machine: to the browser the page then has the same origin as the gateway.
    package func isOwn(_ host: WebHost, isInterfaceAddress: (IPAddress) -> Bool) -> Bool {
        if ownNames.contains(host) || listedHosts.contains(host) { return true }
        return switch host {
        case .address(let address): address.isLocal || isInterfaceAddress(address)
        case .name(let name): Self.isLocal(name) || !Self.isPublic(name)
        }
    }

    private static func isLocal(_ name: String) -> Bool {
        name == "localhost" || name.hasSuffix(".localhost") || name.hasSuffix(".local")
    }

    /// Whether the public DNS can resolve the name. It has no single words and none of the domains of home networks.
    private static func isPublic(_ name: String) -> Bool {
        name.contains(".") && ![".lan", ".internal", ".home.arpa"].contains(where: name.hasSuffix)
    }
}
