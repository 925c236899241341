import Reactor

/// Finds who answers a request: by path, then by method. An exact path goes before one with open places (`{id}`). HEAD is
/// served by whoever serves GET.
@ReactorActor
package final class Router {
    package typealias Handler = (HTTPRequest) -> HTTPReply

    private struct Route {
        let method: HTTPMethod
        let isGuarded: Bool
        let handler: Handler
    }

    private var exact: [String: [Route]] = [:]
    /// Those that name more of the path come first.
    private var open: [(pattern: RoutePattern, routes: [Route])] = []
    private let fallback: Handler

    /// What has to be shown to the routes that change something; nil lets everybody in.
    package var token: AccessToken?

    /// `fallback` answers where no path fits.
    package init(fallback: @escaping @ReactorActor (HTTPRequest) -> HTTPReply = Router.notFound) {
        self.fallback = fallback
    }

    package func add(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPReply
    ) {
        add(Route(method: method, isGuarded: false, handler: handler), at: path)
    }

    /// For what changes something: the handler is asked only when the access token has been shown, if there is one.
    package func authorised(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPReply
    ) {
        add(Route(method: method, isGuarded: true, handler: handler), at: path)
    }

    package func get(_ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPReply) {
        add(.get, path, handler)
    }

    package func asset(_ path: String, _ asset: StaticAsset) {
        get(path) { .response(asset.response(to: $0.head)) }
    }

    package func webSocket(_ path: String, _ service: any WebSocketService) {
        get(path) { _ in .webSocket(service) }
    }

    package func reply(to request: HTTPRequest) -> HTTPReply {
        let method = request.method == .head ? .get : request.method
        var allowed: [HTTPMethod] = []
        if let routes = exact[request.path] {
            if let route = routes.first(where: { $0.method == method }) { return ask(route, request) }
            allowed = routes.map(\.method)
        }
        for (pattern, routes) in open {
            guard let parameters = pattern.match(request.path) else { continue }
            if let route = routes.first(where: { $0.method == method }) {
                var request = request
                request.parameters = parameters
                return ask(route, request)
            }
            for route in routes where !allowed.contains(route.method) { allowed.append(route.method) }
        }
        guard !allowed.isEmpty else { return fallback(request) }
        if allowed.contains(.get) { allowed.append(.head) }
        return .response(.methodNotAllowed(allow: allowed))
    }

    package static func notFound(_ request: HTTPRequest) -> HTTPReply {
        .response(.text("Nothing is served at \(request.path).\n", status: .notFound))
    }

    private func add(_ route: Route, at path: String) {
        let pattern = RoutePattern(path)
        if pattern.isExact {
            exact[path, default: []].append(route)
        } else if let index = open.firstIndex(where: { $0.pattern == pattern }) {
            open[index].routes.append(route)
        } else {
            let index = open.firstIndex { pattern.goes(before: $0.pattern) } ?? open.endIndex
            open.insert((pattern, [route]), at: index)
        }
    }

    private func ask(_ route: Route, _ request: HTTPRequest) -> HTTPReply {
        if route.isGuarded, let token {
            let verdict = token.verdict(on: request.head)
            guard verdict == .admitted else { return .response(AccessToken.challenge(verdict)) }
        }
        return route.handler(request)
    }
}
