import Network
import Reactor

/// Finds the handler of a request: by path, then by method. An exact path precedes one with parameters (`{id}`). HEAD
/// is handled by GET.
@ReactorActor
package final class Router {
    package typealias Handler = (HTTPRequest) -> HTTPHandlerResult

    /// One line of the table.
    package struct Route {
        package let method: HTTPMethod
        package let path: String
        package let access: RouteAccess
        fileprivate let number: Int
        private let describe: () -> RouteDescription?
        fileprivate let handler: Handler

        fileprivate init(
            _ method: HTTPMethod, _ path: String, _ access: RouteAccess, number: Int = -1,
            describe: @escaping () -> RouteDescription? = { nil }, _ handler: @escaping Handler
        ) {
            self.method = method
            self.path = path
            self.access = access
            self.number = number
            self.describe = describe
            self.handler = handler
        }

        /// What it does; nil if it is not documented.
        @ReactorActor package var description: RouteDescription? { describe() }

        /// Whether it is described as a WebSocket, or one for every path.
        @ReactorActor fileprivate var isSocket: Bool { number < 0 || describe()?.socket != nil }
    }

    private var exact: [String: [Route]] = [:]
    /// More specific patterns come first.
    private var patterns: [(pattern: RoutePattern, routes: [Route])] = []
    /// The responses to requests with other methods, by path; the others have a plain 405.
    private var methodErrors: [String: ([HTTPMethod]) -> HTTPResponse] = [:]
    /// The responses to unknown paths that begin like this; the others have a plain 404.
    private var notFoundErrors: [(beginning: String, response: () -> HTTPResponse)] = []
    /// Paths that are answered with a redirect to another path.
    private var redirects: [String: String] = [:]
    /// Of the longest pattern.
    private var maximumSegments = 0
    private var routeCount = 0
    /// Changes the form of the responses 404 and 405.
    package var errorFormat: (HTTPResponse) -> HTTPResponse = { $0 }
    /// Answers paths without a route; nil answers them 404.
    private let fallback: Route?
    let accessControl: AccessControl
    private var shutDownHandlers: [() -> Void] = []

    /// - Parameter fallback: answers any request to a path without a route; it must not change anything.
    package init(
        accessControl: AccessControl = AccessControl(),
        fallback: (@ReactorActor (HTTPRequest) -> HTTPHandlerResult)? = nil
    ) {
        self.accessControl = accessControl
        self.fallback = fallback.map { Route(.get, "*", .reads, $0) }
    }

    /// - Parameters:
    ///   - description: is made only when a document of the API is requested.
    ///   - access: who may use it; by default GET reads and all other methods change something.
    package func add(
        _ method: HTTPMethod, _ path: String, _ description: @autoclosure @escaping () -> RouteDescription? = nil,
        access: RouteAccess? = nil, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        let access = access ?? (method == .get ? .reads : .operates)
        add(Route(method, path, access, number: routeCount, describe: description, handler), at: path)
    }

    /// Every route, in the order in which they were added.
    package var routes: [Route] {
        (exact.values.joined() + patterns.flatMap(\.routes)).sorted { $0.number < $1.number }
    }

    package func get(
        _ path: String, _ description: @autoclosure @escaping () -> RouteDescription? = nil,
        access: RouteAccess = .reads, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        add(.get, path, description(), access: access, handler)
    }

    /// A file without data, which everybody may read: also the page that asks for a token.
    package func asset(_ path: String, _ type: MediaType, _ asset: ServedAsset) {
        get(path, .asset(type), access: .open) { .response(asset.response(to: $0.head)) }
    }

    package func webSocket(
        _ path: String, _ description: @autoclosure @escaping () -> RouteDescription? = nil,
        _ service: any WebSocketService
    ) {
        get(path, description()) { _ in .webSocket(service) }
    }

    /// Answers a path, for example one with a trailing slash, with a redirect to another one; the query is kept.
    package func redirect(_ path: String, to target: String) { redirects[path] = target }

    /// Sets the response to requests for a path with a method that it does not have; `Allow` is added.
    package func setMethodError(
        _ path: String, status: HTTPStatus = .methodNotAllowed, _ response: @escaping @Sendable () -> HTTPResponse
    ) {
        methodErrors[path] = { allowed in
            var response = response()
            response.status = status
            response.headers.add("Allow", allowed.map(\.rawValue).joined(separator: ", "))
            return response
        }
    }

    /// Sets the response to requests for unknown paths with this beginning.
    package func setNotFoundError(_ beginning: String, _ response: @escaping @Sendable () -> HTTPResponse) {
        notFoundErrors.append((beginning, response))
    }

    /// Adds a call for the moment when the server shuts down, to complete pending responses.
    package func onShutDown(_ handler: @escaping @ReactorActor () -> Void) {
        shutDownHandlers.append(handler)
    }

    func shutDown() {
        for handler in shutDownHandlers { handler() }
    }

    package func respond(to request: HTTPRequest) -> HTTPHandlerResult {
        var request = request
        return answer(&request)
    }

    /// Adds to the request what its route and its sender say.
    func answer(_ request: inout HTTPRequest) -> HTTPHandlerResult {
        switch find(request.head) {
        case .route(let route, let parameters):
            request.parameters = parameters
            switch accessControl.admit(request.head, from: request.peer, to: route.access) {
            case .admitted(let client):
                request.client = client
                let result = route.handler(request)
                if route.access.isRecorded { accessControl.record(request, result) }
                return result
            case .rejected(let response, let reject):
                return socketAwaitingToken(route, request, reject) ?? .response(response)
            }
        case .otherMethods(let allowed): return .response(methodNotAllowed(request.head, allowed))
        case .notFound: return .response(notFound(request.head))
        }
    }

    /// A WebSocket may open without a token, because a browser can present it in the first message only.
    private func socketAwaitingToken(
        _ route: Route, _ request: HTTPRequest, _ reject: AccessReject
    ) -> HTTPHandlerResult? {
        guard reject == .missingToken, route.access == .reads, WebSocketHandshake.isUpgradeRequest(request.head),
            route.isSocket, case .webSocket(let service) = route.handler(request)
        else { return nil }
        return .webSocket(service)
    }

    /// The response to a request that is rejected regardless of its body.
    func rejection(of head: HTTPRequestHead, from peer: SocketAddress) -> HTTPResponse? {
        switch find(head) {
        case .route(let route, _): accessControl.rejection(of: head, from: peer, to: route.access)
        case .otherMethods(let allowed): methodNotAllowed(head, allowed)
        case .notFound: notFound(head)
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
        // Split once for all patterns, and no further than the longest one.
        let segments = RoutePattern.split(head.path, atMost: maximumSegments)
        for (pattern, routes) in patterns {
            guard let parameters = pattern.match(segments) else { continue }
            if let route = routes.first(where: { $0.method == method }) { return .route(route, parameters) }
            for route in routes where !allowed.contains(route.method) { allowed.append(route.method) }
        }
        guard !allowed.isEmpty else { return fallback.map { .route($0, PathParameters()) } ?? .notFound }
        if allowed.contains(.get) { allowed.append(.head) }
        return .otherMethods(allowed)
    }

    private func methodNotAllowed(_ head: HTTPRequestHead, _ allowed: [HTTPMethod]) -> HTTPResponse {
        methodErrors[head.path]?(allowed) ?? errorFormat(.methodNotAllowed(allow: allowed))
    }

    private func notFound(_ head: HTTPRequestHead) -> HTTPResponse {
        guard let target = redirects[head.path] else {
            if let error = notFoundErrors.first(where: { head.path.hasPrefix($0.beginning) }) {
                return error.response()
            }
            return errorFormat(.text("Not found: \(head.path)\n", status: .notFound))
        }
        let query = head.query.raw
        return .redirect(to: query.isEmpty ? target : "\(target)?\(query)", status: .temporaryRedirect)
    }

    private func add(_ route: Route, at path: String) {
        let pattern = RoutePattern(path)
        routeCount += 1
        maximumSegments = max(maximumSegments, pattern.segmentCount)
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
        segments = Self.split(text, atMost: .max).map { segment in
            guard segment.first == UInt8(ascii: "{"), segment.last == UInt8(ascii: "}") else {
                return .literal(String(Substring(segment)))
            }
            return .parameter(name: String(Substring(segment.dropFirst().dropLast())))
        }
    }

    var segmentCount: Int { segments.count }

    var parameters: [String] { segments.compactMap { if case .parameter(let name) = $0 { name } else { nil } } }

    /// Whether there are no parameters.
    var isExact: Bool { segments.allSatisfy { if case .literal = $0 { true } else { false } } }

    /// The parameters of a path; nil if it does not match. The path is already decoded and contains no encoded slashes.
    func match(_ parts: [Substring.UTF8View]) -> PathParameters? {
        guard parts.count == segments.count else { return nil }
        var parameters = PathParameters()
        for (segment, part) in zip(segments, parts) {
            switch segment {
            case .literal(let text): guard part.elementsEqual(text.utf8) else { return nil }
            case .parameter(let name):
                guard !part.isEmpty else { return nil }
                parameters.add(name, String(Substring(part)))
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

    /// The segments of a path. One of more than `maximum` segments has at least one more.
    static func split(_ path: String, atMost maximum: Int) -> [Substring.UTF8View] {
        path[...].utf8.split(separator: UInt8(ascii: "/"), maxSplits: maximum, omittingEmptySubsequences: false)
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
