import Clocks
import Network
import Reactor
import Testing

@testable import Web

@Suite("Router") @ReactorActor
struct RouterTests {
    private func router(_ routes: [(HTTPMethod, String)]) -> Router {
        let router = Router()
        for (method, path) in routes {
            router.add(method, path) { .response(.text("\(path) \($0.parameters["id"])\($0.parameters["name"])")) }
        }
        return router
    }

    private func respond(_ router: Router, _ line: String, _ headers: String = "") throws -> HTTPResponse {
        let host = headers.contains("Host:") ? "" : "Host: h\r\n"
        let parsed = ParsedHTTP("\(line) HTTP/1.1\r\n\(host)\(headers)\r\n")
        let head = try #require(parsed.requests.first?.head, "\(line)")
        let request = HTTPRequest(
            head: head, body: [], peer: try SocketAddress(host: "127.0.0.1", port: 1))
        guard case .response(let response) = router.respond(to: request) else { throw NoResponse() }
        return response
    }

    private struct NoResponse: Error {}

    private func text(_ router: Router, _ line: String) throws -> String {
        String(decoding: try respond(router, line).body, as: UTF8.self)
    }

    @Test("an exact path precedes one with parameters, and more literals precede fewer, in any order")
    func precedence() throws {
        let routes: [(HTTPMethod, String)] = [
            (.get, "/runs/{id}"), (.get, "/runs/latest"), (.get, "/{name}/latest"), (.get, "/{name}/{id}"),
            (.get, "/runs"), (.get, "/runs/{id}/shots"),
        ]
        for order in [routes, routes.reversed()] {
            let router = router(order)
            #expect(try text(router, "GET /runs/latest") == "/runs/latest ")
            #expect(try text(router, "GET /runs/run_001") == "/runs/{id} run_001")
            #expect(try text(router, "GET /mats/latest") == "/{name}/latest mats")
            #expect(try text(router, "GET /mats/3") == "/{name}/{id} 3mats")
            #expect(try text(router, "GET /runs/3/shots") == "/runs/{id}/shots 3")
            #expect(try respond(router, "GET /runs/").status == .notFound)
            #expect(try respond(router, "GET /runs/3/shots/4").status == .notFound)
        }
    }

    @Test("a parameter holds the decoded text")
    func decoded() throws {
        let router = router([(.get, "/devices/{id}")])
        #expect(try text(router, "GET /devices/60%3A09:C3%20%C3%A4") == "/devices/{id} 60:09:C3 ä")
    }

    @Test("a method of a less exact path is found; otherwise all methods are listed")
    func methods() throws {
        let router = router([(.get, "/runs/latest"), (.delete, "/runs/{id}"), (.patch, "/runs/{id}")])
        #expect(try text(router, "DELETE /runs/latest") == "/runs/{id} latest")
        #expect(try text(router, "HEAD /runs/latest") == "/runs/latest ")
        let response = try respond(router, "PUT /runs/latest")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers["Allow"] == "GET, DELETE, PATCH, HEAD")
        #expect(try respond(router, "PUT /runs/3").headers["Allow"] == "DELETE, PATCH")
    }

    @Test("mutating routes need the token if there is one; others do not")
    func token() throws {
        let accessControl = AccessControl()
        let router = Router(accessControl: accessControl)
        router.get("/runs") { _ in .response(.text("runs")) }
        router.add(.post, "/dry-run", access: .reads) { _ in .response(.text("a POST that changes nothing")) }
        var asked = 0
        router.add(.post, "/runs/{id}") { _ in
            asked += 1
            return .response(.text("done"))
        }
        #expect(try respond(router, "POST /runs/1").status == .ok)
        accessControl.apply(.token("a secret"))
        #expect(try respond(router, "GET /runs").status == .ok)
        #expect(try respond(router, "POST /dry-run").status == .ok)
        let rejected = try respond(router, "POST /runs/1")
        #expect(rejected.status == .unauthorized)
        #expect(rejected.headers["WWW-Authenticate"] == "Bearer realm=\"LeadVille Gateway\"")
        #expect(rejected.headers["Content-Type"] == "application/json")
        #expect(asked == 1)
        #expect(try respond(router, "POST /runs/1", "Authorization: Bearer a secret\r\n").status == .ok)
        let wrong = try respond(router, "POST /runs/1", "Authorization: Bearer another\r\n")
        #expect(wrong.status == .unauthorized)
        #expect(wrong.headers["WWW-Authenticate"]?.hasSuffix("error=\"invalid_token\"") == true)
        #expect(asked == 2)
        accessControl.apply(.token(""))
        #expect(try respond(router, "POST /runs/1").status == .ok)
    }

    @Test("a fallback answers every path without a route, and counts as reading")
    func fallback() throws {
        let accessControl = AccessControl()
        accessControl.apply(.token("a secret"))
        let router = Router(accessControl: accessControl) { .response(.text("fallback \($0.path)")) }
        #expect(try text(router, "GET /any/path") == "fallback /any/path")
    }
}

@Suite("Route patterns") struct RoutePatternTests {
    @Test("matches paths and returns their parameters")
    func match() {
        let pattern = RoutePattern("/api/runs/{id}/shots/{number}")
        let parameters = match(pattern, "/api/runs/run_001/shots/3")
        #expect(parameters?["id"] == "run_001")
        #expect(parameters?["number"] == "3")
        #expect(parameters?["other"] == "")
        for path in [
            "/api/runs/run_001/shots", "/api/runs/run_001/shots/", "/api/runs//shots/3", "/api/runs/a/b/shots/3",
            "/api/run/a/shots/3", "/api/runs/a/shots/3/", "api/runs/a/shots/3", "/", "",
        ] {
            #expect(match(pattern, path) == nil, "\(path)")
        }
    }

    private func match(_ pattern: RoutePattern, _ path: String) -> PathParameters? {
        pattern.match(RoutePattern.split(path, atMost: pattern.segmentCount))
    }

    @Test("a path is split no further than the longest pattern, however many segments it has")
    func longPath() {
        let path = String(repeating: "/a", count: 4_000)
        #expect(RoutePattern.split(path, atMost: 5).count == 6)
        #expect(match(RoutePattern("/{b}/a"), path) == nil)
    }

    @Test("braces inside a segment are not a parameter")
    func braces() {
        #expect(RoutePattern("/a{b}").isExact)
        #expect(!RoutePattern("/{b}").isExact)
    }

    @Test("the pattern with the earlier literal precedes, in any order")
    func precedence() {
        let exactEnd = RoutePattern("/{a}/b")
        let exactBeginning = RoutePattern("/a/{b}")
        let open = RoutePattern("/{a}/{b}")
        #expect(exactBeginning.precedes(exactEnd) && !exactEnd.precedes(exactBeginning))
        #expect(exactEnd.precedes(open) && !open.precedes(exactEnd))
        #expect(!open.precedes(open))
        #expect(!RoutePattern("/a").precedes(open))
    }
}

@Suite("Access token") @ReactorActor struct AccessTokenTests {
    private enum CheckResult {
        case admitted, missing, wrong
    }

    private func check(_ headers: String...) throws -> CheckResult {
        let lines = headers.map { $0 + "\r\n" }.joined()
        let parsed = ParsedHTTP("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\(lines)\r\n")
        let control = AccessControl()
        control.apply(.token("0123456789abcdef"))
        let peer = try SocketAddress(host: "127.0.0.1", port: 1)
        switch control.admit(try #require(parsed.requests.first?.head), from: peer, to: .operates) {
        case .admitted: return .admitted
        case .rejected(_, .wrongToken): return .wrong
        case .rejected(_, let reject):
            #expect(reject == .missingToken)
            return .missing
        }
    }

    @Test("accepts the correct token, ignoring the case of the scheme")
    func admitted() throws {
        #expect(try check("Authorization: Bearer 0123456789abcdef") == .admitted)
        #expect(try check("authorization: BEARER  0123456789abcdef") == .admitted)
    }

    @Test("rejects a wrong token, whether shorter, longer or nearly correct")
    func wrong() throws {
        for token in [
            "0", "0123456789abcde", "0123456789abcdeg", "1123456789abcdef", "0123456789abcdef0",
            "0123456789abcdef0123456789abcdef", "0123456789ABCDEF", "0123456789abcdef x",
        ] {
            #expect(try check("Authorization: Bearer \(token)") == .wrong, "\(token)")
        }
    }

    @Test("no token, another scheme and two headers count as missing")
    func missing() throws {
        #expect(try check() == .missing)
        #expect(try check("Authorization: Basic MDEyMzQ1Njc4OWFiY2RlZg==") == .missing)
        #expect(try check("Authorization: Bearer") == .missing)
        #expect(try check("Authorization: Bearer ") == .missing)
        #expect(try check("Authorization: 0123456789abcdef") == .missing)
        #expect(
            try check("Authorization: Bearer 0123456789abcdef", "Authorization: Bearer 0123456789abcdef") == .missing)
    }

    @Test("an empty text is no token")
    func none() {
        let control = AccessControl()
        control.apply(.token(""))
        #expect(!control.rules.hasTokens)
    }
}
