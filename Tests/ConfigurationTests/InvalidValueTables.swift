/// YAML and the exact message for it. Outside the suites, because older compilers cannot handle such tables as
/// arguments of a macro.
enum InvalidValueTables {
    static let sections =
        "state_directory, shutdown_timeout, log, http, live, leadville, heart, heartbeat, serial, bluetooth, devices, range, pressure, web, tls, store, motion, mqtt"

    static let keys: [(String, String)] = [
        (
            "heart:\n  smoothing:\n    alhpa: 0.2\n",
            "g.yaml:3:5: unknown key heart.smoothing.alhpa; did you mean heart.smoothing.alpha?"
        ),
        ("hart: {}", "g.yaml:1:1: unknown key hart; did you mean heart?"),
        ("heart: {stale-after: 1}", "g.yaml:1:9: unknown key heart.stale-after; did you mean heart.stale_after?"),
        ("heart:\n  alpha: 1", "g.yaml:2:3: unknown key heart.alpha; did you mean heart.smoothing.alpha?"),
        ("zzz: 1", "g.yaml:1:1: unknown key zzz; the configuration has \(sections)"),
        ("live: {zzzzzzz: 1}", "g.yaml:1:8: unknown key live.zzzzzzz; live has host, port, vocabulary"),
        (
            "heart.smoothing.alpha: 0.2",
            "g.yaml:1:1: dotted keys are nested in a file: write heart:, then smoothing:, then alpha:, "
                + "each on its own line and indented further"
        ),
        (
            "heart.smooth.alpha: 0.2",
            "g.yaml:1:1: unknown key heart.smooth.alpha; did you mean heart.smoothing.alpha?"
        ),
        ("http: {port: 80, port: 81}", "g.yaml:1:18: \"port\" is already set in line 1"),
        ("http: {}\nlive: {}\nhttp: {}", "g.yaml:3:1: \"http\" is already set in line 1"),
        (
            "http: 8000",
            "g.yaml:1:7: http is a section with keys of its own (host, port, cors_origins, names, token, protect, "
                + "token_in_query, api_pages), not a single value or a list"
        ),
        (
            "- a", "g.yaml:1:1: a configuration consists of keys (\(sections)), not a single value or a list"
        ),
    ]

    static let kinds: [(String, String)] = [
        (
            "http: {token: open-sesame}",
            "g.yaml:1:15: http.token: expected 16 to 256 visible ASCII characters without spaces, or \"\", such as "
                + "\"9f86d081884c7d65\", but found a text of 11 bytes"
        ),
        (
            "http:\n  port: eight",
            "g.yaml:2:9: http.port: expected a whole number from 1 to 65535, such as 8000, but found the text "
                + "\"eight\""
        ),
        (
            "http: {port: \"80\"}",
            "g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found \"80\" in "
                + "quotes; remove the quotes"
        ),
        (
            "http: {port: 80.5}",
            "g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found 80.5"
        ),
        (
            "http: {port: 080}",
            "g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found the text "
                + "\"080\""
        ),
        (
            "http: {port: [80]}",
            "g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found a list"
        ),
        (
            "http: {port: {tcp: 80}}",
            "g.yaml:1:14: http.port: expected a whole number from 1 to 65535, such as 8000, but found a section"
        ),
        (
            "http:\n  port:\n",
            "g.yaml:2:8: http.port: expected a whole number from 1 to 65535, such as 8000, but found no value"
        ),
        ("heart: {enabled: 1}", "g.yaml:1:18: heart.enabled: expected true or false, but found 1"),
        (
            "heart: {enabled: \"true\"}",
            "g.yaml:1:18: heart.enabled: expected true or false, but found \"true\" in quotes; remove the quotes"
        ),
        (
            "heart: {smoothing: {alpha: .nan}}",
            "g.yaml:1:28: heart.smoothing.alpha: expected a number from 0.001 to 1, such as 0.3, but found "
                + "the text \".nan\""
        ),
        (
            "log: {level: warn}",
            "g.yaml:1:14: log.level: expected one of debug, info, warning or error, but found the text \"warn\"; "
                + "did you mean warning?"
        ),
        (
            "log: {level: chatty}",
            "g.yaml:1:14: log.level: expected one of debug, info, warning or error, but found the text \"chatty\""
        ),
        (
            "heart: {stale_after: 5 sec}",
            "g.yaml:1:22: heart.stale_after: expected a time from 100 ms to 1 d, such as 10 s, but found the text "
                + "\"5 sec\"; the unit is ns, us, ms, s, min, h or d"
        ),
        (
            "web: {queue_bytes: 1 MB}",
            "g.yaml:1:20: web.queue_bytes: expected a size from 4 KiB to 1 GiB, such as 1 MiB, but found the text "
                + "\"1 MB\"; the unit is B, KiB, MiB or GiB"
        ),
        (
            "http: {host: ~}",
            "g.yaml:1:14: http.host: expected a host name or address, or \"\" for every address, such as "
                + "\"127.0.0.1\", but found no value; an empty text is written \"\""
        ),
        (
            "http: {host: 127.0.0.1:80}",
            "g.yaml:1:14: http.host: expected a host name or address, or \"\" for every address, such as "
                + "\"127.0.0.1\", but found the text \"127.0.0.1:80\"; an IPv6 address is written as ::1, and the "
                + "port has its own key"
        ),
        (
            "http: {cors_origins: \"*\"}",
            "g.yaml:1:22: http.cors_origins: expected a list of origins (at most 100), such as [\"*\"], but found "
                + "the text \"*\""
        ),
        (
            "http: {cors_origins: [\"*\", \"http://a/\"]}",
            "g.yaml:1:28: http.cors_origins: expected \"*\" or an origin, but found the text \"http://a/\"; an "
                + "origin ends with its host or port, without a / after it"
        ),
    ]

    static let ranges: [(String, String)] = [
        (
            "http: {port: 70000}",
            "g.yaml:1:14: http.port: 70000 is out of range, expected a whole number from 1 to 65535, such as 8000"
        ),
        (
            "http: {port: 99999999999999999999}",
            "g.yaml:1:14: http.port: 99999999999999999999 is out of range, expected a whole number from 1 to "
                + "65535, such as 8000"
        ),
        (
            "heart: {smoothing: {alpha: 0}}",
            "g.yaml:1:28: heart.smoothing.alpha: 0 is out of range, expected a number from 0.001 to 1, such "
                + "as 0.3"
        ),
        (
            "heart: {stale_after: -5 s}",
            "g.yaml:1:22: heart.stale_after: -5 s is out of range, expected a time from 100 ms to 1 d, such as "
                + "10 s; a time cannot be negative"
        ),
        (
            "web: {queue_bytes: 1 KiB}",
            "g.yaml:1:20: web.queue_bytes: 1 KiB is out of range, expected a size from 4 KiB to 1 GiB, such as "
                + "1 MiB"
        ),
    ]
}
