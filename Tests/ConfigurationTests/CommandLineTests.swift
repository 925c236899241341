import Clocks
import Devices
import Events
import Testing

@testable import Configuration

@Suite("Command line") struct CommandLineTests {
    private func parse(_ line: String) throws -> ParsedCommand {
        try CommandLineParser.parse(line.split(separator: " ").map(String.init))
    }

    private func run(_ change: (inout RunOptions) -> Void) -> ParsedCommand {
        var options = RunOptions()
        change(&options)
        return .run(options)
    }

    private func heart(_ change: (inout SimulateHeartOptions) -> Void) -> ParsedCommand {
        var options = SimulateHeartOptions()
        change(&options)
        return .simulateHeart(options)
    }

    @Test("parses run")
    func running() throws {
        #expect(try parse("run") == run { _ in })
        #expect(try parse("run --demo") == run { $0.demo = true })
        for line in ["run --config a.yaml", "run --config=a.yaml", "run --config=a.yaml --"] {
            #expect(try parse(line) == run { $0.configurationFile = "a.yaml" })
        }
        #expect(try parse("run --config=") == run { $0.configurationFile = "" })
        #expect(try parse("run --config=-") == run { $0.configurationFile = "-" })
        #expect(try parse("run --config -") == run { $0.configurationFile = "-" })
        #expect(try parse("run --config=--demo") == run { $0.configurationFile = "--demo" })
    }

    @Test("assignments keep their order and include the log level")
    func assignments() throws {
        let expected = run {
            $0.assignments = [
                ConfigurationAssignment(option: "--set a.b=1=2", path: "a.b", value: "1=2"),
                ConfigurationAssignment(option: "--log-level debug", path: "log.level", value: "debug"),
                ConfigurationAssignment(option: "--set c=", path: "c", value: ""),
            ]
        }
        #expect(try parse("run --set a.b=1=2 --log-level=debug --set=c=") == expected)
    }

    @Test("scan probes ports only with --probe")
    func scanning() throws {
        var options = ScanOptions()
        #expect(!options.isProbing)
        #expect(try parse("scan") == .scan(options))
        (options.isProbing, options.configurationFile, options.seconds) = (true, "a.yaml", 20)
        #expect(try parse("scan --probe --config a.yaml --seconds 20") == .scan(options))
    }

    @Test("parses commands without options")
    func small() throws {
        #expect(try parse("check-config a.yaml") == .checkConfig(file: "a.yaml"))
        #expect(try parse("check-config -- --odd") == .checkConfig(file: "--odd"))
        #expect(try parse("check-config -") == .checkConfig(file: "-"))
        #expect(try parse("default-config") == .defaultConfig)
        for line in ["version", "--version", "-V"] { #expect(try parse(line) == .version) }
    }

    @Test("parses decode")
    func decode() throws {
        var options = DecodeOptions(device: .esp32Heart, variant: "datagram")
        #expect(try parse("decode esp32-heart") == .decode(options))
        #expect(try parse("decode esp32-heart -") == .decode(options))
        options.file = "a.hex"
        #expect(try parse("decode esp32-heart a.hex --form datagram") == .decode(options))
        options.variant = "serial"
        options.isBinary = true
        #expect(try parse("decode --binary --form=serial esp32-heart a.hex") == .decode(options))
    }

    @Test("parses simulate heart")
    func simulateHeart() throws {
        #expect(try parse("simulate heart") == heart { _ in })
        let line = "simulate heart --users 3 --rate 1.5 --duration 60 --to 10.0.0.1:99 --seed 18446744073709551615"
        let expected = heart {
            $0.users = 3
            $0.rate = 1.5
            $0.duration = .seconds(60)
            $0.destination = HostAndPort(host: "10.0.0.1", port: 99)
            $0.seed = .max
            $0.faults = [.finger, .dropout]
        }
        #expect(try parse(line + " --faults finger,dropout,finger") == expected)
        #expect(try parse("simulate heart --faults all") == heart { $0.faults = Set(SimulatedHeartFault.allCases) })
        #expect(
            try parse("simulate heart --to [::1]:8888")
                == heart { $0.destination = HostAndPort(host: "::1", port: 8888) })
        #expect(
            try CommandLineParser.parse(["simulate", "heart", "--duration", "2 min"])
                == heart { $0.duration = .seconds(120) })
    }

    @Test("parses the commands for the database")
    func store() throws {
        var options = StoreCommandOptions(.check)
        #expect(try parse("store check") == .store(options))
        options.file = "a.backup"
        options.configurationFile = "b.yaml"
        #expect(try parse("store check a.backup --config b.yaml") == .store(options))
        #expect(try parse("store export -") == .store(StoreCommandOptions(.export)))
        options = StoreCommandOptions(.restore)
        options.file = "-"
        #expect(try parse("store restore -") == .store(options))
    }

    @Test("every command has help")
    func help() throws {
        for line in ["help", "--help", "-h"] { #expect(try parse(line) == .help(nil)) }
        for command in CommandName.allCases {
            #expect(try parse("help \(command.rawValue)") == .help(command))
            #expect(try parse("\(command.rawValue) --help") == .help(command))
            #expect(try parse("\(command.rawValue) -h") == .help(command))
        }
        #expect(try parse("run --demo --help --nonsense") == .help(.run), "arguments after --help are ignored")
        #expect(try parse("check-config a b c -h") == .help(.checkConfig))
        #expect(try parse("check-config -- --help") == .checkConfig(file: "--help"))
    }

    @Test("rejects invalid command lines", arguments: CommandLineTables.errors)
    func rejects(line: String, command: CommandName?, message: String) {
        do {
            Issue.record("parsed as \(try parse(line))")
        } catch let error as UsageError {
            #expect(error.description == message)
            #expect(error.command == command)
        } catch {
            Issue.record("\(error)")
        }
    }

    @Test(
        "parses a host and a port",
        arguments: [
            ("localhost:1", "localhost", 1), ("10.0.0.1:65535", "10.0.0.1", 65535),
            ("[fe80::1%eth0]:80", "fe80::1%eth0", 80),
        ])
    func destinations(text: String, host: String, port: Int) {
        #expect(HostAndPort(text) == HostAndPort(host: host, port: port))
    }

    @Test(
        "rejects an invalid host and port",
        arguments: [
            "", ":", "localhost", ":80", "a:", "a:0", "a:65536", "a:1.5", "a:-1", "[a]:80", "[::1]", "::1:80", "a b:1",
        ])
    func noDestinations(text: String) {
        #expect(HostAndPort(text) == nil)
    }
}

/// Outside the suite, for the reason given in `InvalidValueTables`.
private enum CommandLineTables {
    private static let devices = DeviceDrivers.decodable.map(\.family.rawValue).joined(separator: ", ")

    static let errors: [(String, CommandName?, String)] = [
        ("", nil, "a command is required"),
        ("rnu", nil, "unknown command \"rnu\"; did you mean run?"),
        ("frobnicate", nil, "unknown command \"frobnicate\""),
        ("--demo", nil, "the command must come first: leadville-gateway run --demo"),
        ("--hepl", nil, "unknown option --hepl; did you mean --help?"),
        ("-x", nil, "unknown option -x"),
        (
            "simulate", .simulate,
            "a device is required: " + CommandName.simulate.subcommands.map(\.rawValue).joined(separator: ", ")
        ),
        (
            "store", .store,
            "a command is required: store check, store export, store compact, store backup, store restore"
        ),
        ("store backup", .storeAction(.backup), "FILE is missing"),
        ("store compact x", .storeAction(.compact), "unexpected operand \"x\""),
        ("simulate hart", .simulate, "unknown command \"hart\"; did you mean simulate heart?"),
        ("run --demmo", .run, "unknown option --demmo; did you mean --demo?"),
        ("run -demo", .run, "unknown option -demo; did you mean --demo?"),
        ("run --users 3", .run, "unknown option --users"),
        ("run -x", .run, "unknown option -x"),
        ("run --demo=yes", .run, "--demo takes no value"),
        ("run --demo --demo", .run, "--demo can be given only once"),
        ("run --config a --config=b", .run, "--config can be given only once"),
        (
            "run --config", .run,
            "--config needs a value: --config FILE, or --config=FILE if the value begins with a dash"
        ),
        (
            "run --config --demo", .run,
            "--config needs a value: --config FILE, or --config=FILE if the value begins with a dash"
        ),
        ("run a.yaml", .run, "unexpected operand \"a.yaml\""),
        ("run --set http.port", .run, "--set: expected KEY=VALUE, such as http.port=8080, but found \"http.port\""),
        ("run --set =1", .run, "--set: expected KEY=VALUE, such as http.port=8080, but found \"=1\""),
        (
            "run --log-level warn", .run,
            "--log-level: expected one of debug, info, warning or error, but found \"warn\"; did you mean warning?"
        ),
        ("check-config", .checkConfig, "FILE is missing"),
        ("check-config a b", .checkConfig, "unexpected operand \"b\""),
        ("decode", .decode, "DEVICE is missing"),
        (
            "decode esp32-haert", .decode,
            "DEVICE: expected one of \(devices), but found \"esp32-haert\"; did you mean esp32-heart?"
        ),
        (
            "decode esp32-heart --form serail", .decode,
            "--form: expected one of datagram, serial, but found \"serail\"; did you mean serial?"
        ),
        ("decode esp32-heart a b", .decode, "unexpected operand \"b\""),
        ("default-config x", .defaultConfig, "unexpected operand \"x\""),
        ("help rum", .help, "unknown command \"rum\"; did you mean run?"),
        ("help run twice", .help, "unexpected operand \"twice\""),
        (
            "simulate heart --users 0", .simulateHeart,
            "--users: expected a whole number from 1 to 1000, but found \"0\""
        ),
        (
            "simulate heart --rate fast", .simulateHeart,
            "--rate: expected a number above 0 and at most 1000, but found \"fast\""
        ),
        (
            "simulate heart --duration 5m", .simulateHeart,
            "--duration: expected a time from 1 ms to 365 d, but found \"5m\"; the unit is ns, us, ms, s, min, h or d"
        ),
        (
            "simulate heart --to ::1:88", .simulateHeart,
            "--to: expected a host and a port, such as 192.168.1.20:8888 or [::1]:8888, but found \"::1:88\""
        ),
        (
            "simulate heart --seed 1.5", .simulateHeart,
            "--seed: expected a whole number from 0 to 18446744073709551615, but found \"1.5\""
        ),
        (
            "simulate heart --faults finger,droput", .simulateHeart,
            "--faults: expected some of finger, range, dropout, reboot, malformed, or all, but found \"droput\"; did "
                + "you mean dropout?"
        ),
    ]
}

@Suite("Secrets and explain on the command line") struct ExplainLineTests {
    @Test("masks a secret in messages")
    func secret() throws {
        guard case .run(let options) = try CommandLineParser.parse(["run", "--set", "http.token=hush"]) else {
            Issue.record("not parsed as run")
            return
        }
        #expect(options.assignments.map(\.option) == ["--set http.token=…"])
        #expect(options.assignments.map(\.value) == ["hush"])
    }

    @Test("parses explain")
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

@Suite("Listen on the command line") struct ListenLineTests {
    @Test("by default listens to the live socket of this machine, without an end")
    func defaults() throws {
        let options = ListenOptions()
        #expect(try CommandLineParser.parse(["listen"]) == .listen(options))
        #expect(options.url.text == "ws://localhost:8000/ws/live")
        #expect(options.count == nil && options.duration == nil && options.channels.isEmpty)
    }

    @Test("parses every option")
    func options() throws {
        var expected = ListenOptions()
        expected.url = WebSocketURL(server: HostAndPort(host: "::1", port: 8765), path: "/")
        expected.channels = ["timer_events", "status"]
        expected.format = .json
        expected.count = 3
        expected.duration = .seconds(10)
        let line = [
            "listen", "ws://[::1]:8765", "--channels", "timer_events, status", "--json", "--count", "3", "--for", "10s",
        ]
        #expect(try CommandLineParser.parse(line) == .listen(expected))
        #expect(expected.url.host == "[::1]:8765")
    }

    @Test(
        "adds the port and the path that an address leaves out",
        arguments: [
            ("ws://a", "ws://a:80/"), ("ws://a:8000", "ws://a:8000/ws/live"), ("ws://a:8000/x?y", "ws://a:8000/x?y"),
            ("ws://[::1]/", "ws://[::1]:80/"), ("ws://a:8765", "ws://a:8765/"),
        ])
    func urls(text: String, whole: String) {
        #expect(WebSocketURL(text)?.text == whole)
    }

    @Test("rejects anything else")
    func invalid() {
        for arguments in [
            ["wss://a"], ["http://a"], ["a"], ["ws://"], ["ws://a:0"], ["ws://a:99999"], ["ws://a/ b"],
            ["ws://a", "b"],
            ["--count", "0"], ["--for", "0"], ["--for", "soon"],
        ] {
            #expect(throws: UsageError.self) { try CommandLineParser.parse(["listen"] + arguments) }
        }
    }
}
