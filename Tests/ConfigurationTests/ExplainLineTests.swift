import Testing

@testable import Configuration

@Suite("Secrets and explanations on the command line") struct ExplainLineTests {
    @Test("a secret is not repeated, not even where it was typed")
    func secret() throws {
        guard case .run(let options) = try CommandLineParser.parse(["run", "--set", "http.token=hush"]) else {
            Issue.record("it is no run")
            return
        }
        #expect(options.assignments.map(\.option) == ["--set http.token=…"])
        #expect(options.assignments.map(\.value) == ["hush"])
    }

    @Test("explaining an event")
    func explain() throws {
        var expected = ExplainOptions(event: 4_711)
        #expect(try CommandLineParser.parse(["explain", "4711"]) == .explain(expected))
        expected.url = HTTPAddress(host: "range.local", port: 8_000)
        expected.isJSON = true
        #expect(
            try CommandLineParser.parse(["explain", "--json", "4711", "--url", "http://range.local:8000/"])
                == .explain(expected))
        expected.url = HTTPAddress(host: "::1", port: 80)
        #expect(
            try CommandLineParser.parse(["explain", "--json", "4711", "--url", "http://[::1]"]) == .explain(expected))
        for arguments in [["x"], ["-1"], [], ["1", "--url", "https://a"], ["1", "--url", "http://a/b"]] {
            #expect(throws: UsageError.self) { try CommandLineParser.parse(["explain"] + arguments) }
        }
    }
}
