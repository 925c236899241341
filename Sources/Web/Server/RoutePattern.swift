/// A path with places that are left open: `/api/runs/{id}/shots`. An open place stands for one whole segment, which is
/// not empty.
struct RoutePattern: Hashable, Sendable {
    private enum Segment: Hashable, Sendable {
        case literal(String)
        case parameter(name: String)
    }

    private let segments: [Segment]

    init(_ text: String) {
        segments = Self.split(text).map { segment in
            guard segment.first == "{", segment.last == "}" else { return .literal(String(segment)) }
            return .parameter(name: String(segment.dropFirst().dropLast()))
        }
    }

    /// Whether no place is open.
    var isExact: Bool { segments.allSatisfy { if case .literal = $0 { true } else { false } } }

    /// What the path has in the open places; nil if it does not fit. The path is decoded already: a slash inside a
    /// segment does not come this far.
    func match(_ path: String) -> PathParameters? {
        let parts = Self.split(path)
        guard parts.count == segments.count else { return nil }
        var parameters = PathParameters()
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text): guard part == text else { return nil }
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters.add(name, String(part))
            }
        }
        return parameters
    }

    /// Whether this one is asked before another that may fit as well: the first to name a segment where the other leaves
    /// it open.
    func precedes(_ other: Self) -> Bool {
        guard segments.count == other.segments.count else { return false }
        for (mine, theirs) in zip(segments, other.segments) {
            switch (mine, theirs) {
            case (.literal, .parameter): return true
            case (.parameter, .literal): return false
            default: continue
            }
        }
        return false
    }

    private static func split(_ text: String) -> [Substring] {
        text.split(separator: "/", omittingEmptySubsequences: false)
    }
}

/// What a request's path has in the places that its route leaves open.
package struct PathParameters: Hashable, Sendable {
    private var values: [String: String] = [:]

    init() {}

    /// The decoded segment; empty for a name that the route does not have.
    package subscript(_ name: String) -> String { values[name] ?? "" }

    fileprivate mutating func add(_ name: String, _ value: String) {
        values[name] = value
    }
}
