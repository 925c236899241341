import Reactor

/// Finds who answers a request: by path, then by method. An exact path goes before one with open places (`{id}`). HEAD is
/// served by whoever serves GET.
@ReactorActor
package final class Router {
    package typealias Handler = (HTTPRequest) -> HTTPHandlerResult

    private struct Route {
        let method: HTTPMethod
        let isGuarded: Bool
        let handler: Handler
    }

    private var exact: [String: [Route]] = [:]
    /// Those that name more of the path come first.
    private var patterns: [(pattern: RoutePattern, routes: [Route])] = []
    private let fallback: Handler
    /// Where no path fits nothing is served.
    private let rejectsUnmatched: Bool

    /// What has to be shown to the routes that change something; nil lets everybody in.
    package var token: AccessToken?

    /// Where no path fits nothing is served, unless `fallback` answers there.
    package init(fallback: (@ReactorActor (HTTPRequest) -> HTTPHandlerResult)? = nil) {
        rejectsUnmatched = fallback == nil
        self.fallback = fallback ?? { .response(Self.notFound($0.path)) }
    }

    package func add(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        add(Route(method: method, isGuarded: false, handler: handler), at: path)
    }

    /// For what changes something: the handler is asked only when the access token has been shown, if there is one.
    package func addAuthorised(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPHandlerResult
    ) {
        add(Route(method: method, isGuarded: true, handler: handler), at: path)
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

    /// What a request will be answered whatever its body is, where that is a refusal.
    func rejection(of head: HTTPRequestHead) -> HTTPResponse? {
        switch find(head) {
        case .route(let route, _): challenge(route, head)
        case .otherMethods(let allowed): .methodNotAllowed(allow: allowed)
        case .notFound: rejectsUnmatched ? Self.notFound(head.path) : nil
        }
    }

    private enum Match {
        case route(Route, PathParameters)
        /// The path is served, but with these methods only.
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
        guard route.isGuarded, let token else { return nil }
        let verdict = token.check(head)
        return verdict == .admitted ? nil : AccessToken.challenge(verdict)
    }

    private static func notFound(_ path: String) -> HTTPResponse {
        .text("Nothing is served at \(path).\n", status: .notFound)
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
