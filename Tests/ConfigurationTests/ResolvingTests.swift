import Clocks
import Foundation
import Testing

@testable import Configuration

/// Resolves a text to a configuration or its errors.
func outcome(
    _ yaml: String, environment: [String: String] = [:], set assignments: [String] = []
) -> Result<Configuration, ConfigurationError> {
    let assignments = assignments.map { text in
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        return ConfigurationAssignment(
            option: "--set \(text)", path: parts[0], value: parts.count > 1 ? parts[1] : "")
    }
    let file = ConfigurationText(name: "g.yaml", bytes: Array(yaml.utf8))
    let sources = ConfigurationSources(file: file, environment: environment, assignments: assignments)
    return Result { () throws(ConfigurationError) in try sources.resolve() }
}

func problems(
    _ yaml: String, environment: [String: String] = [:], set assignments: [String] = []
) -> String {
    switch outcome(yaml, environment: environment, set: assignments) {
    case .success: "none"
    case .failure(let error): error.description
    }
}

@Suite("Resolving the configuration") struct ResolvingTests {
    @Test("no sources give the defaults")
    func nothing() throws {
        #expect(try ConfigurationSources().resolve() == Configuration())
        #expect(try outcome("").get() == Configuration())
        #expect(try outcome("# only a comment\n").get() == Configuration())
        #expect(try outcome("---\n...\n").get() == Configuration())
        #expect(try outcome("heart:\nhttp: {}\nweb: ~\n").get() == Configuration())
    }

    @Test("reads every kind of value from a file")
    func values() throws {
        let yaml = """
            log: {level: debug, format: journal}
            state_directory: /tmp/state
            http: {host: 127.0.0.1, port: 80, cors_origins: ["http://a.local", "https://b.example:8443"]}
            live:
              port: 0
              host: "::1"
            heart:
              enabled: no
              smoothing:
                alpha: 0.25
                history_length: 7
              stale_after: 2500 ms
              forget_after: 1.5h
            web:
              maximum_body_bytes: 2 MiB
              queue_bytes: 8192
              ping_interval: 2
            """
        var expected = Configuration()
        expected.log.level = .debug
        expected.log.format = .journal
        expected.stateDirectory = "/tmp/state"
        expected.http.host = "127.0.0.1"
        expected.http.port = 80
        expected.http.corsOrigins = ["http://a.local", "https://b.example:8443"]
        expected.live.port = 0
        expected.live.host = "::1"
        expected.heart.enabled = false
        expected.heart.smoothing.alpha = 0.25
        expected.heart.smoothing.historyLength = 7
        expected.heart.staleAfter = .milliseconds(2500)
        expected.heart.forgetAfter = .seconds(5400)
        expected.web.maximumBodyBytes = 2 << 20
        expected.web.queueBytes = 8192
        expected.web.pingInterval = .seconds(2)
        #expect(try outcome(yaml).get() == expected)
    }

    @Test("options override the environment, which overrides the file")
    func precedence() throws {
        let yaml = "http: {port: 1001}\nlive: {port: 1002}\nheart: {udp_port: 1003}\n"
        let environment = ["LEADVILLE_LIVE_PORT": "2002", "LEADVILLE_HEART_UDP_PORT": "2003", "PATH": "/bin"]
        let configuration = try outcome(
            yaml, environment: environment,
            set: ["heart.udp_port=3003", "web.maximum_headers=9", "heart.udp_port=3004"]
        ).get()
        #expect(configuration.http.port == 1001)
        #expect(configuration.live.port == 2002)
        #expect(configuration.heart.udpPort == 3004, "the later of two options wins")
        #expect(configuration.web.maximumHeaders == 9)
        #expect(configuration.heart.websocketPort == 6789)
    }

    @Test("values outside a file need no quotes, and lists use commas")
    func bareValues() throws {
        let configuration = try outcome(
            "http: {host: 10.0.0.1}",
            environment: ["LEADVILLE_HEART_SMOOTHING_ALPHA": "0.2", "LEADVILLE_HTTP_HOST": ""],
            set: ["http.cors_origins=*, http://a.local", "live.host=::", "heart.stale_after=3 s", "store.file=~"]
        ).get()
        #expect(configuration.heart.smoothing.alpha == 0.2)
        #expect(configuration.http.host == "")
        #expect(configuration.http.corsOrigins == ["*", "http://a.local"])
        #expect(configuration.live.host == "::")
        #expect(configuration.heart.staleAfter == Nanoseconds.seconds(3))
        #expect(configuration.store.file == "~")
        #expect(try outcome("", set: ["http.cors_origins="]).get().http.corsOrigins == [])
    }
}

@Suite("Configuration file") struct ConfigurationFileTests {
    private func file(_ bytes: Data) throws -> String {
        let path = NSTemporaryDirectory() + "configuration-\(UUID().uuidString).yaml"
        try bytes.write(to: URL(fileURLWithPath: path))
        return path
    }

    @Test("reads files up to the size limit")
    func sizes() throws {
        for size in [0, 1, 100_000, ConfigurationFile.maximumBytes] {
            let path = try file(Data(repeating: UInt8(ascii: "#"), count: size))
            defer { try? FileManager.default.removeItem(atPath: path) }
            let text = try ConfigurationFile.read(path)
            #expect(text.bytes.count == size)
            #expect(text.name == path)
        }
        let path = try file(Data(repeating: UInt8(ascii: "#"), count: ConfigurationFile.maximumBytes + 1))
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: ConfigurationFile.ReadError.tooLong(path: path)) { try ConfigurationFile.read(path) }
    }

    @Test("rejects a named pipe and a device at once, whether or not anything would ever come out of them")
    func special() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pipe-\(UUID().uuidString)").path
        #expect(mkfifo(path, 0o600) == 0)
        defer { try? FileManager.default.removeItem(atPath: path) }
        for (path, kind) in [(path, "a named pipe"), ("/dev/zero", "a device")] {
            let failure = ConfigurationFile.ReadError.unreadable(
                path: path, reason: "it is \(kind), not a regular file")
            #expect(throws: failure) { try ConfigurationFile.read(path) }
        }
    }

    @Test(
        "reports the system's error message",
        arguments: [("/nonexistent/a.yaml", "No such file or directory"), ("/tmp", "Is a directory")])
    func unreadable(path: String, reason: String) {
        let failure = ConfigurationFile.ReadError.unreadable(path: path, reason: reason)
        #expect(throws: failure) { try ConfigurationFile.read(path) }
        #expect(failure.description == "\(path): cannot be read: \(reason)")
    }
}
