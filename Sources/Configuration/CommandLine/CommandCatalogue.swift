/// Every command, as parsing needs it and as people are told about it.
enum CommandCatalogue {
    static func specification(_ name: CommandName) -> CommandSpecification {
        switch name {
        case .run: run
        case .checkConfig: checkConfig
        case .defaultConfig: defaultConfig
        case .scan: scan
        case .doctor: doctor
        case .decode: decode
        case .explain: explain
        case .simulate:
            CommandSpecification(
                name: .simulate, summary: "Play a device that is not there.",
                details: ["Sends what real hardware would send, so that everything behind it can be tried without."])
        case .simulateHeart: simulateHeart
        case .simulateAMGCommander: simulate(name, .amgCommander)
        case .simulateBT50: simulate(name, .bt50)
        case .simulateESP32Heart: simulate(name, .esp32Heart)
        case .simulateHeartStrap: simulate(name, .heartStrap)
        case .simulatePressureMat: simulate(name, .pressureMat)
        case .simulateSensorLogger: simulate(name, .sensorLogger)
        case .simulateSGTimer: simulate(name, .sgTimer)
        case .simulateSpecialPie: simulate(name, .specialPie)
        case .version:
            CommandSpecification(name: .version, summary: "Tell the version, the compiler and the licence.")
        case .help:
            CommandSpecification(
                name: .help, summary: "Explain a command.", optionalOperands: ["COMMAND"],
                examples: [.init("help simulate heart", "explains how to play heart boards")])
        }
    }

    private static let run = CommandSpecification(
        name: .run, summary: "Serve what the sensors say, until it is told to stop.",
        options: [
            OptionSpecification(
                "demo", "Add virtual devices, to see it all without any hardware; the radio is then a virtual one."),
            OptionSpecification(
                "config", value: "FILE", "Read the configuration from FILE. Without it, every key has its default."),
            OptionSpecification("set", value: "KEY=VALUE", canRepeat: true, "Set one key, whatever the file says."),
            OptionSpecification(
                "log-level", value: "LEVEL", "The least serious message to write: debug, info, warning or error."),
        ],
        details: [
            """
            A key of the configuration takes its value from --set; otherwise from the environment, where \
            heart.smoothing.alpha is called LEADVILLE_HEART_SMOOTHING_ALPHA; otherwise from the file.
            """,
            """
            SIGHUP reads the file again and applies what can change while running. SIGTERM and SIGINT (Ctrl-C) say \
            goodbye to every client and end the program; a second one ends it at once.
            """,
        ],
        examples: [
            .init("run --demo", "shows everything with virtual devices"),
            .init("run --config /etc/leadville-gateway.yaml", "serves with a configuration"),
            .init("run --set http.port=8080 --log-level debug", "changes single keys for this start"),
            .init("run --set http.cors_origins=http://a.local,http://b.local", "sets a list"),
        ],
        listsSettings: true)

    private static let checkConfig = CommandSpecification(
        name: .checkConfig, summary: "Say whether a configuration file is valid, and what it changes.",
        operands: ["FILE"],
        details: [
            "Everything that is wrong with the file is listed at once. The exit status is 0 for a valid file and 1 otherwise."
        ],
        examples: [.init("check-config /etc/leadville-gateway.yaml", "checks the file that the service uses")])

    private static let defaultConfig = CommandSpecification(
        name: .defaultConfig, summary: "Write a configuration file that explains every key.",
        details: ["All keys are commented out, so that the file changes nothing until you change it."],
        examples: [.init("default-config > gateway.yaml", "starts a configuration of your own")])

    private static let simulateHeart = CommandSpecification(
        name: .simulateHeart, summary: "Send what ESP32 heart-rate boards send.",
        options: [
            OptionSpecification(
                "users", value: "COUNT",
                "How many boards, one for each user. Default: \(SimulateHeartOptions.defaultUsers)."),
            OptionSpecification(
                "rate", value: "NUMBER", "Readings per second from each of them. Default: 1, as the boards do."),
            OptionSpecification(
                "duration", value: "TIME", "Stop after 60, 90 s or 5 min. Default: go on until Ctrl-C."),
            OptionSpecification("to", value: "HOST:PORT", "Where the datagrams go. Default: 127.0.0.1:8888."),
            OptionSpecification("seed", value: "NUMBER", "Send the same readings as the last time with this number."),
            OptionSpecification(
                "faults", value: "LIST",
                """
                What goes wrong now and then, between commas: \
                \(SimulatedHeartFault.allCases.map(\.rawValue).joined(separator: ", ")), or all of them with "all".
                """),
        ],
        examples: [
            .init("simulate heart", "plays three boards for a gateway on this machine"),
            .init("simulate heart --users 3 --rate 1.5 --duration 60", "plays them a little faster, for a minute"),
            .init("simulate heart --faults finger,dropout --seed 7", "lets the same things go wrong each time"),
            .init("simulate heart --to 192.168.1.20:8888", "sends to another machine"),
        ])
}
