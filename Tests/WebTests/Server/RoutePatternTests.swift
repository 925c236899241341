import Testing

@testable import Web

@Suite("Paths with open places") struct RoutePatternTests {
    @Test("what fits, and what stands in the open places")
    func match() {
        let pattern = RoutePattern("/api/runs/{id}/shots/{number}")
        let parameters = pattern.match("/api/runs/run_001/shots/3")
        #expect(parameters?["id"] == "run_001")
        #expect(parameters?["number"] == "3")
        #expect(parameters?["other"] == "")
        for path in [
            "/api/runs/run_001/shots", "/api/runs/run_001/shots/", "/api/runs//shots/3", "/api/runs/a/b/shots/3",
            "/api/run/a/shots/3", "/api/runs/a/shots/3/", "api/runs/a/shots/3", "/", "",
        ] {
            #expect(pattern.match(path) == nil, "\(path)")
        }
    }

    @Test("a name in braces that is part of a segment is no open place")
    func braces() {
        #expect(RoutePattern("/a{b}").isExact)
        #expect(!RoutePattern("/{b}").isExact)
    }

    @Test("the one that names more, earlier, is asked first, whatever the order in which they were added")
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
