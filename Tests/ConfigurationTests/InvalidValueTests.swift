import Testing

@testable import Configuration

/// The exact messages, because users depend on them.
@Suite("Error messages") struct InvalidValueTests {
    @Test("unknown and duplicate keys", arguments: InvalidValueTables.keys)
    func keys(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("values of the wrong kind", arguments: InvalidValueTables.kinds)
    func kinds(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("values out of range", arguments: InvalidValueTables.ranges)
    func ranges(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test("reports all errors in the order of file, environment and options")
    func allAtOnce() {
        let yaml = "http: {port: x}\nhart: 1\nlog: {level: *a, level: loud}\n"
        let environment = ["LEADVILLE_WEB_MAXIMUM_HEADERS": "0", "LEADVILLE_HTTP_PRT": "1"]
        #expect(
            problems(yaml, environment: environment, set: ["live.port=-1", "heart=1", "zzz.y=1", "=2"]) == """
                g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found the text "x"
                g.yaml:2:1: unknown key hart; did you mean heart?
                g.yaml:3:14: aliases (*a) are not supported; write out the value, or put a text that begins with * in \
                quotes
                g.yaml:3:18: "level" is already set in line 3
                environment variable LEADVILLE_HTTP_PRT: unknown key; did you mean LEADVILLE_HTTP_PORT?
                environment variable LEADVILLE_WEB_MAXIMUM_HEADERS: web.maximum_headers: 0 is out of range, expected a \
                whole number from 1 to 10000, such as 100
                --set live.port=-1: live.port: -1 is out of range, expected a whole number from 0 to 65535, such as 8765
                --set heart=1: heart is a section; set one of its keys: enabled, udp_host, udp_port, udp_sources, \
                udp_keys, websocket_host, websocket_port, stale_after, forget_after, maximum_users, smoothing
                --set zzz.y=1: unknown key zzz.y; the configuration has \(InvalidValueTables.sections)
                --set =2: unknown key ; the configuration has \(InvalidValueTables.sections)
                """)
    }

    @Test("limits the number of reported problems")
    func bounded() throws {
        let maximum = ConfigurationError.maximumProblems
        for (count, omitted) in [(maximum, 0), (maximum + 1, 1), (maximum + 7, 7)] {
            let yaml = (0..<count).map { "zzzzzz\($0): 1\n" }.joined()
            guard case .failure(let error) = outcome(yaml) else {
                Issue.record("\(count) unknown keys were accepted")
                continue
            }
            #expect(error.problems.count == maximum)
            #expect(error.omitted == omitted)
            #expect(error.description.hasSuffix("and \(omitted) more") == (omitted > 0))
        }
    }

    @Test("computes suggestions for reported problems only")
    func manyUnknownKeys() {
        let yaml = (0..<8_000).map { "smoothing_alpha_\($0): 1\n" }.joined()
        #expect(yaml.utf8.count < ConfigurationFile.maximumBytes)
        #expect(problems(yaml).hasSuffix("and \(8_000 - ConfigurationError.maximumProblems) more"))
    }

    @Test("escapes and truncates untrusted text")
    func excerpts() {
        let long = String(repeating: "a", count: 500)
        #expect(problems("log: {level: \(long)}").count < 250)
        #expect(problems("\"\\e[2J\\u202e\": 1").hasPrefix("g.yaml:1:1: unknown key \\u{1B}[2J\\u{202E}; "))
        #expect(problems("", set: ["\(long)=1"]).count < 350)
    }
}

@Suite("Constraints between keys") struct CrossCheckTests {
    @Test("reports a conflict at the key that was set last", arguments: CrossCheckTables.conflicts)
    func conflicts(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test(
        "accepts listeners that cannot conflict",
        arguments: [
            "live: {port: 0}\nhttp: {host: 127.0.0.1}",
            "live: {port: 9, host: 127.0.0.1}\nhttp: {port: 9, host: \"::1\"}",
            "live: {port: 9, host: 127.0.0.1}\nhttp: {port: 9, host: 127.0.0.2}",
            "live: {port: 9, host: 0.0.0.0}\nhttp: {port: 9, host: \"::1\"}",
            "http: {port: 6789}\nheart: {enabled: false}",
            "http: {port: 8888}",
            "heart: {stale_after: 1 h}",
        ])
    func fine(yaml: String) {
        #expect(problems(yaml) == "none")
    }

    @Test("names the environment variable or option that was set last")
    func origins() {
        #expect(
            problems("live: {port: 70}", environment: ["LEADVILLE_HTTP_PORT": "70"])
                == "environment variable LEADVILLE_HTTP_PORT: http.port and live.port both use TCP port 70")
        #expect(
            problems("live: {port: 71}", environment: ["LEADVILLE_HTTP_PORT": "70"], set: ["live.port=70"])
                == "--set live.port=70: http.port and live.port both use TCP port 70")
    }

    @Test("ignores values that are already invalid")
    func alreadyInvalid() {
        #expect(
            problems("heart: {smoothing: {minimum_bpm: 300, maximum_bpm: high}}")
                == "g.yaml:1:52: heart.smoothing.maximum_bpm: expected a number of bpm from 1 to 1000, such as 200, "
                + "but found the text \"high\"")
    }
}

/// Outside the suite, for the reason given in `InvalidValueTables`.
private enum CrossCheckTables {
    static let conflicts: [(String, String)] = [
        (
            "heart: {smoothing: {minimum_bpm: 200}}",
            "g.yaml:1:21: heart.smoothing.minimum_bpm (200) must be below heart.smoothing.maximum_bpm (200)"
        ),
        (
            "heart: {smoothing: {maximum_bpm: 100, minimum_bpm: 120.5}}",
            "g.yaml:1:39: heart.smoothing.minimum_bpm (120.5) must be below heart.smoothing.maximum_bpm (100)"
        ),
        (
            "heart: {smoothing: {minimum_bpm: 120, maximum_bpm: 100}}",
            "g.yaml:1:39: heart.smoothing.minimum_bpm (120) must be below heart.smoothing.maximum_bpm (100)"
        ),
        (
            "heart: {stale_after: 2 h}",
            "g.yaml:1:9: heart.stale_after (2 h) must not be above heart.forget_after (1 h)"
        ),
        ("live: {port: 8000}", "g.yaml:1:8: http.port and live.port both use TCP port 8000"),
        ("http: {port: 6789}", "g.yaml:1:8: http.port and heart.websocket_port both use TCP port 6789"),
        (
            "live: {port: 9}\nhttp: {port: 9}",
            "g.yaml:2:8: http.port and live.port both use TCP port 9"
        ),
        (
            "live: {port: 9, host: 127.0.0.1}\nhttp: {port: 9, host: 0.0.0.0}",
            "g.yaml:2:17: http.port and live.port both use TCP port 9"
        ),
        (
            "live: {port: 9, host: \"::1\"}\nhttp: {port: 9, host: \"::1\"}",
            "g.yaml:2:17: http.port and live.port both use TCP port 9"
        ),
    ]
}
