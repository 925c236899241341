import Testing

@testable import Configuration

/// The exact words for each kind of mistake: they are what a person sees at two in the morning.
@Suite("What is refused, and in which words") struct InvalidValueTests {
    @Test("keys", arguments: InvalidValueTables.keys)
    func keys(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("wrong kinds of value", arguments: InvalidValueTables.kinds)
    func kinds(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("values out of range", arguments: InvalidValueTables.ranges)
    func ranges(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("everything is reported in one go, in the order of the file, then the environment, then the options")
    func allAtOnce() {
        let yaml = "http: {port: x}\nhart: 1\nlog: {level: *a, level: loud}\n"
        let environment = ["LEADVILLE_WEB_MAXIMUM_HEADERS": "0", "LEADVILLE_HTTP_PRT": "1"]
        #expect(
            problems(yaml, environment: environment, set: ["live.port=-1", "heart=1", "zzz.y=1", "=2"]) == """
                g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found the text "x"
                g.yaml:2:1: unknown key hart; did you mean heart?
                g.yaml:3:14: aliases (*a) are not supported; write the value out, or put a text that begins with * in \
                quotes
                g.yaml:3:18: "level" is already set in line 3
                environment variable LEADVILLE_HTTP_PRT: no key has this name; did you mean LEADVILLE_HTTP_PORT?
                environment variable LEADVILLE_WEB_MAXIMUM_HEADERS: web.maximum_headers: 0 is out of range, expected a \
                whole number from 1 to 10000, such as 100
                --set live.port=-1: live.port: -1 is out of range, expected a whole number from 0 to 65535, such as 8765
                --set heart=1: heart is a section; set one of its keys: enabled, udp_host, udp_port, websocket_host, \
                websocket_port, stale_after, forget_after, maximum_users, smoothing
                --set zzz.y=1: unknown key zzz.y; the configuration has \(InvalidValueTables.sections)
                --set =2: unknown key ; the configuration has \(InvalidValueTables.sections)
                """)
    }

    @Test("the report has an end")
    func bounded() throws {
        let most = ConfigurationError.maximumProblems
        for (count, omitted) in [(most, 0), (most + 1, 1), (most + 7, 7)] {
            let yaml = (0..<count).map { "zzzzzz\($0): 1\n" }.joined()
            guard case .failure(let refusal) = outcome(yaml) else {
                Issue.record("\(count) unknown keys were taken")
                continue
            }
            #expect(refusal.problems.count == most)
            #expect(refusal.omitted == omitted)
            #expect(refusal.description.hasSuffix("and \(omitted) more") == (omitted > 0))
        }
    }

    @Test("suggestions are only looked for while somebody would read them")
    func manyUnknownKeys() {
        let yaml = (0..<8_000).map { "smoothing_alpha_\($0): 1\n" }.joined()
        #expect(yaml.utf8.count < ConfigurationFile.maximumBytes)
        #expect(problems(yaml).hasSuffix("and \(8_000 - ConfigurationError.maximumProblems) more"))
    }

    @Test("a hostile text cannot spoil the terminal or flood it")
    func excerpts() {
        let long = String(repeating: "a", count: 500)
        #expect(problems("log: {level: \(long)}").count < 250)
        #expect(problems("\"\\e[2J\\u202e\": 1").hasPrefix("g.yaml:1:1: unknown key \\u{1B}[2J\\u{202E}; "))
        #expect(problems("", set: ["\(long)=1"]).count < 350)
    }
}
