import Network
import Reactor
import Testing

@testable import Web

@Suite("Finding who answers") @ReactorActor
struct RouterTests {
    private func router(_ routes: [(HTTPMethod, String)]) -> Router {
        let router = Router()
        for (method, path) in routes {
            router.add(method, path) { .response(.text("\(path) \($0.parameters["id"])\($0.parameters["name"])")) }
        }
        return router
    }

    private func answer(_ router: Router, _ line: String, _ headers: String = "") throws -> HTTPResponse {
        let parsed = ParsedHTTP("\(line) HTTP/1.1\r\nHost: h\r\n\(headers)\r\n")
        let head = try #require(parsed.requests.first?.head, "\(line)")
        let request = HTTPRequest(head: head, body: [], peer: try SocketAddress(host: "127.0.0.1", port: 1))
        guard case .response(let response) = router.respond(to: request) else { throw NoResponse() }
        return response
    }

    private struct NoResponse: Error {}

    private func text(_ router: Router, _ line: String) throws -> String {
        String(decoding: try answer(router, line).body, as: UTF8.self)
    }

    @Test("an exact path goes before an open one, and more names before fewer, in any order of adding")
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
            #expect(try answer(router, "GET /runs/").status == .notFound)
            #expect(try answer(router, "GET /runs/3/shots/4").status == .notFound)
        }
    }

    @Test("an open place holds the decoded text")
    func decoded() throws {
        let router = router([(.get, "/devices/{id}")])
        #expect(try text(router, "GET /devices/60%3A09:C3%20%C3%A4") == "/devices/{id} 60:09:C3 ä")
    }

    @Test("a method that only a less exact path serves is served by that; else all methods are named")
    func methods() throws {
        let router = router([(.get, "/runs/latest"), (.delete, "/runs/{id}"), (.patch, "/runs/{id}")])
        #expect(try text(router, "DELETE /runs/latest") == "/runs/{id} latest")
        #expect(try text(router, "HEAD /runs/latest") == "/runs/latest ")
        let response = try answer(router, "PUT /runs/latest")
        #expect(response.status == .methodNotAllowed)
        #expect(response.headers["Allow"] == "GET, DELETE, PATCH, HEAD")
        #expect(try answer(router, "PUT /runs/3").headers["Allow"] == "DELETE, PATCH")
    }

    @Test("what changes something needs the token, once there is one; what only reads does not")
    func token() throws {
        let router = router([(.get, "/runs")])
        var asked = 0
        router.addAuthorised(.post, "/runs/{id}") { _ in
            asked += 1
            return .response(.text("done"))
        }
        #expect(try answer(router, "POST /runs/1").status == .ok)
        router.token = AccessToken("a secret of the house")
        #expect(try answer(router, "GET /runs").status == .ok)
        let refused = try answer(router, "POST /runs/1")
        #expect(refused.status == .unauthorized)
        #expect(refused.headers["WWW-Authenticate"] == "Bearer realm=\"LeadVille Gateway\"")
        #expect(refused.headers["Content-Type"] == "application/json")
        #expect(asked == 1)
        #expect(try answer(router, "POST /runs/1", "Authorization: Bearer a secret of the house\r\n").status == .ok)
        let wrong = try answer(router, "POST /runs/1", "Authorization: Bearer another\r\n")
        #expect(wrong.status == .unauthorized)
        #expect(wrong.headers["WWW-Authenticate"]?.hasSuffix("error=\"invalid_token\"") == true)
        #expect(asked == 2)
        router.token = AccessToken("")
        #expect(try answer(router, "POST /runs/1").status == .ok)
    }
}
