/// Which web pages may talk to the gateway, by the Origin their browser reports.
package enum OriginPolicy: Hashable, Sendable {
    case any
    /// Exact origins, such as `http://range.local:3000`.
    case only([String])

    /// A list from the configuration; `*` anywhere in it means any.
    package init(_ origins: [String]) {
        self = origins.contains("*") ? .any : .only(origins)
    }

    /// Whether a page of this origin may. Scheme and host are compared without regard to case.
    package func allows(_ origin: String) -> Bool {
        switch self {
        case .any: true
        case .only(let origins): origins.contains { $0.lowercased() == origin.lowercased() }
        }
    }
}
