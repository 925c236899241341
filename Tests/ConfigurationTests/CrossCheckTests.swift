import Testing

@testable import Configuration

@Suite("What two keys say together") struct CrossCheckTests {
    @Test("is reported at the later of them", arguments: CrossCheckTables.conflicts)
    func conflicts(yaml: String, message: String) {
        #expect(problems(yaml) == message)
    }

    @Test(
        "is fine when the listeners cannot meet",
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

    @Test("names the origin of the later key when that is no file")
    func origins() {
        #expect(
            problems("live: {port: 70}", environment: ["LEADVILLE_HTTP_PORT": "70"])
                == "environment variable LEADVILLE_HTTP_PORT: http.port and live.port both want TCP port 70")
        #expect(
            problems("live: {port: 71}", environment: ["LEADVILLE_HTTP_PORT": "70"], set: ["live.port=70"])
                == "--set live.port=70: http.port and live.port both want TCP port 70")
    }

    @Test("says nothing about a value that was refused already")
    func refusedAlready() {
        #expect(
            problems("heart: {smoothing: {minimum_bpm: 300, maximum_bpm: high}}")
                == "g.yaml:1:52: heart.smoothing.maximum_bpm: expected a number of bpm from 1 to 1000, such as 200, "
                + "but found the text \"high\"")
    }
}

/// Apart from the tests, as in `InvalidValueTables`.
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
        ("live: {port: 8000}", "g.yaml:1:8: http.port and live.port both want TCP port 8000"),
        ("http: {port: 6789}", "g.yaml:1:8: http.port and heart.websocket_port both want TCP port 6789"),
        (
            "live: {port: 9}\nhttp: {port: 9}",
            "g.yaml:2:8: http.port and live.port both want TCP port 9"
        ),
        (
            "live: {port: 9, host: 127.0.0.1}\nhttp: {port: 9, host: 0.0.0.0}",
            "g.yaml:2:17: http.port and live.port both want TCP port 9"
        ),
        (
            "live: {port: 9, host: \"::1\"}\nhttp: {port: 9, host: \"::1\"}",
            "g.yaml:2:17: http.port and live.port both want TCP port 9"
        ),
    ]
}
