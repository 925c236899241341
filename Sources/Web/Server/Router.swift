import Reactor

/// Finds who answers a request: by exact path, then by method. HEAD is served by whoever serves GET.
@ReactorActor
package final class Router {
    package typealias Handler = (HTTPRequest) -> HTTPReply

    private struct Route {
        let method: HTTPMethod
        let handler: Handler
    }

    private var routes: [String: [Route]] = [:]
    private let fallback: Handler

    /// `fallback` answers where no path fits.
    package init(fallback: @escaping @ReactorActor (HTTPRequest) -> HTTPReply = Router.notFound) {
        self.fallback = fallback
    }

    package func add(
        _ method: HTTPMethod, _ path: String, _ handler: @escaping @ReactorActor (HTTPRequest) -> HTTPReply
    ) {
        routes[path, default: []].append(Route(method: method, handler: handler))
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
        guard let routes = routes[request.path] else { return fallback(request) }
        let method = request.method == .head ? .get : request.method
        if let route = routes.first(where: { $0.method == method }) { return route.handler(request) }
        var allowed = routes.map(\.method)
        if allowed.contains(.get) { allowed.append(.head) }
        return .response(.methodNotAllowed(allow: allowed))
    }

    package static func notFound(_ request: HTTPRequest) -> HTTPReply {
        .response(.text("Nothing is served at \(request.path).\n", status: .notFound))
    }
}
