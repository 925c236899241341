import Reactor

/// Finds the handler of a request: by path, then by method. An exact path precedes one with parameters (`{id}`). HEAD
/// is handled by GET.
@ReactorActor
package final class Router {
    package typealias Handler = (HTTPRequest) -> HTTPHandlerResult

    private struct Route {
        let method: HTTPMethod
        let requiresToken: Bool
        let handler: Handler
    }

    private var exact: [String: [Route]] = [:]
    /// More specific patterns come first.
    private var patterns: [(pattern: RoutePattern, routes: [Route])] = []
    private let fallback: Handler
    /// Paths without a route are answered 404.
    private let rejectsUnmatched: Bool

    /// The token required by mutating routes; nil if none is required.
    package var token: AccessToken?

    /// Paths without a route are answered 404, unless there is a `fallback`.
    package init(fallback: (@ReactorActor (HTTPRequest) -> HTTPHandlerResult)? = nil) {
        rejectsUnmatched = fallback == nil
        self.fallback = fallback ?? { .response(Self.notFound($0.path)) }
    }

    package func add(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        add(Route(method: method, requiresToken: false, handler: handler), at: path)
    }

    /// Adds a mutating route, which requires the access token if there is one.
    package func addAuthorised(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        add(Route(method: method, requiresToken: true, handler: handler), at: path)
    }

    package func get(_ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult) {
        add(.get, path, handler)
    }

    package func asset(_ path: String, _ asset: StaticAsset) {
        get(path) { .response(asset.response(to: $0.head)) }
    }

    package func webSocket(_ path: String, _ service: any WebSocketService) {
        get(path) { _ in .webSocket(service) }
    }

    package func respond(to request: HTTPRequest) -> HTTPHandlerResult {
        switch find(request.head) {
        case .route(let route, let parameters):
            if let challenge = challenge(route, request.head) { return .response(challenge) }
            var request = request
            request.parameters = parameters
            return route.handler(request)
        case .otherMethods(let allowed): return .response(.methodNotAllowed(allow: allowed))
        case .notFound: return fallback(request)
        }
    }

    /// The response to a request that is rejected regardless of its body.
    func rejection(of head: HTTPRequestHead) -> HTTPResponse? {
        switch find(head) {
        case .route(let route, _): challenge(route, head)
        case .otherMethods(let allowed): .methodNotAllowed(allow: allowed)
        case .notFound: rejectsUnmatched ? Self.notFound(head.path) : nil
        }
    }

    private enum Match {
        case route(Route, PathParameters)
        /// The path exists, but only with these methods.
        case otherMethods([HTTPMethod])
        case notFound
    }

    private func find(_ head: HTTPRequestHead) -> Match {
        let method = head.method == .head ? .get : head.method
        var allowed: [HTTPMethod] = []
        if let routes = exact[head.path] {
            if let route = routes.first(where: { $0.method == method }) { return .route(route, PathParameters()) }
            allowed = routes.map(\.method)
        }
        for (pattern, routes) in patterns {
            guard let parameters = pattern.match(head.path) else { continue }
            if let route = routes.first(where: { $0.method == method }) { return .route(route, parameters) }
            for route in routes where !allowed.contains(route.method) { allowed.append(route.method) }
        }
        guard !allowed.isEmpty else { return .notFound }
        if allowed.contains(.get) { allowed.append(.head) }
        return .otherMethods(allowed)
    }

    private func challenge(_ route: Route, _ head: HTTPRequestHead) -> HTTPResponse? {
        guard route.requiresToken, let token else { return nil }
        let result = token.check(head)
        return result == .admitted ? nil : AccessToken.challenge(result)
    }

    private static func notFound(_ path: String) -> HTTPResponse {
        .text("Not found: \(path)\n", status: .notFound)
    }

    private func add(_ route: Route, at path: String) {
        let pattern = RoutePattern(path)
        if pattern.isExact {
            exact[path, default: []].append(route)
        } else if let index = patterns.firstIndex(where: { $0.pattern == pattern }) {
            patterns[index].routes.append(route)
        } else {
            let index = patterns.firstIndex { pattern.precedes($0.pattern) } ?? patterns.endIndex
            patterns.insert((pattern, [route]), at: index)
        }
    }
}

/// A path with parameters: `/api/runs/{id}/shots`. A parameter matches one whole, non-empty segment.
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

    /// Whether there are no parameters.
    var isExact: Bool { segments.allSatisfy { if case .literal = $0 { true } else { false } } }

    /// The parameters of the path; nil if it does not match. The path is already decoded and contains no encoded
    /// slashes.
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

    /// Whether this pattern is tried before another that may match as well: the first to have a literal where the other
    /// has a parameter.
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

/// The values of a route's parameters.
package struct PathParameters: Hashable, Sendable {
    private var values: [String: String] = [:]

    init() {}

    /// The decoded segment; empty for a name that the route does not have.
    package subscript(_ name: String) -> String { values[name] ?? "" }

    fileprivate mutating func add(_ name: String, _ value: String) {
        values[name] = value
    }
}

/// The token required for mutating requests: `Authorization: Bearer TOKEN`.
package struct AccessToken: Hashable, Sendable {
    private let secret: [UInt8]

    /// Nil for an empty text: no token is required.
    package init?(_ text: String) {
        guard !text.isEmpty else { return nil }
        secret = Array(text.utf8)
    }

    package enum CheckResult: Hashable, Sendable {
        case admitted
        /// No token, or another authentication scheme.
        case missing
        case wrong
    }

    package func check(_ head: HTTPRequestHead) -> CheckResult {
        let fields = head.headers.values("Authorization")
        guard fields.count == 1, let token = Self.bearerToken(fields[0]) else { return .missing }
        return isEqual(to: token) ? .admitted : .wrong
    }

    /// The 401 response with its challenge.
    package static func challenge(_ result: CheckResult) -> HTTPResponse {
        let isWrong = result == .wrong
        let text =
            isWrong
            ? "Invalid access token."
            : "Access token required. Send the header Authorization: Bearer TOKEN."
        var response = HTTPResponse.json(Array(#"{"error":"\#(text)"}"#.utf8), status: .unauthorized)
        let error = isWrong ? #", error="invalid_token""# : ""
        response.headers.add("WWW-Authenticate", #"Bearer realm="LeadVille Gateway"\#(error)"#)
        return response
    }

    /// Compares in constant time, so that response times do not reveal how much of a token is correct.
    private func isEqual(to token: ArraySlice<UInt8>) -> Bool {
        var difference = token.count ^ secret.count
        for (index, byte) in token.enumerated() { difference |= Int(byte ^ secret[index % secret.count]) }
        return difference == 0
    }

    private static func bearerToken(_ field: String) -> ArraySlice<UInt8>? {
        let bytes = Array(field.utf8)[...]
        guard let space = bytes.firstIndex(of: 0x20), bytes[..<space].equalsIgnoringCase("bearer") else { return nil }
        let token = bytes[space...].drop { $0 == 0x20 }
        return token.isEmpty ? nil : token
    }
}
