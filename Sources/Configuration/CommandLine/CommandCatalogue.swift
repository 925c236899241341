import Devices
import Events

/// The specification of every command, used for parsing and for help.
enum CommandCatalogue {
    static func specification(_ name: CommandName) -> CommandSpecification {
        switch name {
        case .run: run
        case .checkConfig: checkConfig
        case .defaultConfig: defaultConfig
        case .scan: scan
        case .doctor: doctor
        case .diagnose: diagnose
        case .decode: decode
        case .explain: explain
        case .importLeadVille: importLeadVille
        case .tls: tls
        case .tlsInit: tlsInit
        case .token: token
        case .tokenAction(let action): token(action)
        case .accessPoint: accessPoint
        case .accessPointAction(let action): accessPoint(action)
        case .listen: listen
        case .store: store
        case .storeAction(let action): store(action)
        case .simulate:
            CommandSpecification(
                name: .simulate, summary: "Simulate a device.",
                details: ["Sends what the real hardware sends, to try out the software behind it."])
        case .simulateHeart: simulateHeart
        case .simulateDevice(let device): simulate(device)
        case .man: man
        case .completion: completion
        case .version:
            CommandSpecification(name: .version, summary: "Print the version, the compiler and the licence.")
        case .help:
            CommandSpecification(
                name: .help, summary: "Explain a command.", optionalOperands: ["COMMAND"],
                examples: [.init("help simulate heart", "explains how to simulate heart-rate boards")])
        }
    }

    private static let run = CommandSpecification(
        name: .run, summary: "Run the gateway until it is stopped.",
        options: [
            OptionSpecification(
                "demo", "Add virtual devices, to try everything without hardware; the Bluetooth radio is then virtual."),
            OptionSpecification(
                "config", value: "FILE", "Read the configuration from FILE. Without it, every key has its default."),
            OptionSpecification("set", value: "KEY=VALUE", canRepeat: true, "Set one key; overrides the file."),
            OptionSpecification(
                "log-level", value: "LEVEL", choices: Configuration.Log.Level.allCases.map(\.rawValue),
                "The least severe messages to write: debug, info, warning or error."),
        ],
        details: [
            """
            A configuration key takes its value from --set; otherwise from the environment, where \
            heart.smoothing.alpha is called LEADVILLE_HEART_SMOOTHING_ALPHA; otherwise from the file.
            """,
            """
            SIGHUP reloads the file and applies what can change at run time. SIGTERM and SIGINT (Ctrl-C) close all \
            client connections and end the program; a second signal ends it at once.
            """,
        ],
        examples: [
            .init("run --demo", "runs with virtual devices"),
            .init("run --config /etc/leadville-gateway.yaml", "runs with a configuration file"),
            .init("run --set http.port=8080 --log-level debug", "sets single keys for this run"),
            .init("run --set http.cors_origins=http://a.local,http://b.local", "sets a list"),
        ],
        listsSettings: true)

    private static let checkConfig = CommandSpecification(
        name: .checkConfig, summary: "Validate a configuration file and list what it changes.",
        operands: ["FILE"],
        details: ["All errors in the file are listed at once. The exit status is 0 for a valid file and 1 otherwise."],
        examples: [.init("check-config /etc/leadville-gateway.yaml", "checks the file that the service uses")])

    private static let defaultConfig = CommandSpecification(
        name: .defaultConfig, summary: "Print a configuration file that documents every key.",
        details: ["All keys are commented out, so the file changes nothing until you edit it."],
        examples: [.init("default-config > gateway.yaml", "creates a configuration file")])

    // MARK: Diagnostics

    private static let scan = CommandSpecification(
        name: .scan, summary: "List Bluetooth devices and serial ports, with the devices recognised there.",
        options: [
            OptionSpecification(
                "seconds", value: "NUMBER",
                "How long to scan for Bluetooth devices, and at most to probe ports. Default: \(ScanOptions.defaultSeconds)."
            ),
            OptionSpecification(
                "adapter", value: "NAME", "The Bluetooth adapter to use, such as hci0. Default: the first."),
            OptionSpecification("probe", "Also read from the serial ports that serial.probe allows."),
            OptionSpecification(
                "config", value: "FILE",
                "The configuration with serial.probe. Default: /etc/leadville-gateway.yaml if it exists."),
            OptionSpecification("json", "Print a JSON object instead of a table."),
        ],
        details: [
            """
            Connects to no device and opens no serial port; ports are recognised by their udev attributes. Can run \
            beside a running gateway. Scanning for Bluetooth devices requires CAP_NET_ADMIN. Connected devices do not \
            advertise and so are not found: a running gateway lists its devices at /api/devices.
            """,
            """
            With --probe, all allowed ports are opened at once and read until their device is recognised; nothing is \
            written to them. A port that another program, such as a running gateway, has open is skipped, and that \
            program is named. Ten seconds suffice to try every speed on a device that sends already; a device that has \
            to boot first may need twenty.
            """,
            "The exit status is 0 when everything could be scanned, and 1 otherwise.",
        ],
        examples: [
            .init("scan", "lists devices and ports"),
            .init("scan --seconds 30 --json", "scans longer, for use in a script"),
            .init("scan --probe --seconds 20", "also recognises devices at serial ports"),
        ])

    private static let doctor = CommandSpecification(
        name: .doctor, summary: "Check whether this machine meets the gateway's requirements.",
        options: [
            OptionSpecification(
                "config", value: "FILE",
                "The configuration to check against. Default: /etc/leadville-gateway.yaml if it exists."),
            OptionSpecification("json", "Print a JSON object instead of a report."),
        ],
        details: [
            """
            Checks Bluetooth, permissions, ports, whose datagrams are accepted, serial devices, udev rules, the disk, the clock and the service, and \
            changes nothing. Each problem comes with its solution.
            """,
            "The exit status is 0 when no check fails, and 1 otherwise. Colours are used on a terminal unless NO_COLOR is set.",
        ],
        examples: [
            .init("doctor", "checks this machine"),
            .init("doctor --config gateway.yaml", "checks it against another configuration"),
        ])

    private static let diagnose = CommandSpecification(
        name: .diagnose, summary: "Write a file about this machine and the gateway, to send to support.",
        optionalOperands: ["FILE"],
        options: [
            OptionSpecification("private", "Replace addresses, and the names of people, devices and targets."),
            OptionSpecification(
                "last", value: "MINUTES",
                "Add the events of the last 1 to 60 minutes, with the bytes that they were derived from."),
            OptionSpecification(
                "url", value: "URL", "The gateway's address. Default: this machine, with the configured port."),
            OptionSpecification(
                "config", value: "FILE",
                "The gateway's configuration. Default: /etc/leadville-gateway.yaml if it exists."), tokenFile,
        ],
        details: [
            """
            Writes versions, the doctor's report, the changed configuration keys without secrets, the state and the \
            metrics of the running gateway, and the end of its log, as text. FILE must not exist; without it, the name \
            has the present time, and "-" writes to standard output.
            """,
            """
            As root the file is more complete: other users may not read the log and see the programs of others. Nothing \
            is sent anywhere. With --private, names are taken from the running gateway; read the file before you pass \
            it on.
            """,
        ],
        examples: [
            .init("diagnose", "writes a file in this directory"),
            .init("diagnose --last 10", "adds what happened in the last ten minutes"),
            .init("diagnose --private -", "shows what would be written, without names"),
        ])

    private static let decode = CommandSpecification(
        name: .decode, summary: "Decode captured bytes, to diagnose a device.",
        operands: ["DEVICE"], optionalOperands: ["FILE"],
        options: [
            OptionSpecification("form", value: "NAME", "The form of the device's data. Default: the first."),
            OptionSpecification("binary", "Read raw bytes instead of lines of hex."),
        ],
        details: [
            """
            Reads FILE; without FILE or with "-", reads standard input. Each line is one message, or a piece of the \
            stream, in hex, such as "ef be 01 00" or EFBE0100; a # begins a comment. A JSON message can be given as it is.
            """,
            """
            Prints one JSON object per line: {"reading": KIND, ...} for each decoded reading and {"reject": REASON, ...} \
            for each reject. A summary goes to standard error. The exit status is 1 when a line is not hex.
            """,
            "Devices and their forms:",
        ]
            + DeviceDrivers.decodable.map { driver in
                let variants = driver.variants.map { "\($0.name) (\($0.summary))" }
                return "\(driver.family): " + variants.joined(separator: "; ")
            },
        examples: [
            .init("decode esp32-heart --form serial --binary capture.bin", "decodes a capture of a serial port"),
            .init("decode esp32-heart -", "decodes lines of hex from standard input"),
        ])

    private static let explain = CommandSpecification(
        name: .explain, summary: "Explain an event of a running gateway, down to the bytes it came from.",
        operands: ["ID"],
        options: [
            OptionSpecification(
                "url", value: "URL", "The gateway's address. Default: this machine, with the configured port."),
            OptionSpecification(
                "config", value: "FILE", "The gateway's configuration, whose http.port is used on this machine."),
            OptionSpecification("json", "Print the gateway's JSON, for use in tools."), tokenFile,
        ],
        details: [
            """
            ID is the "id" of an event of the live socket: a shot, an impact, a change of a run. The events from which \
            it was derived are explained with it.
            """,
            "The exit status is 1 when the event is unknown or the gateway is unreachable.",
        ],
        examples: [
            .init("explain 4711", "explains an event of the gateway on this machine"),
            .init("explain 4711 --url http://range.local:8000 --json", "asks a gateway on another machine"),
        ])

    private static let importLeadVille = CommandSpecification(
        name: .importLeadVille, summary: "Take stages, devices and assignments over from LeadVille's database.",
        operands: ["FILE"],
        options: [
            OptionSpecification(
                "config", value: "FILE",
                "The gateway's configuration, which names its store. Default: /etc/leadville-gateway.yaml if it exists."
            )
        ],
        details: [
            """
            FILE is an SQLite file of LeadVille, such as db/leadville.db. It is only read. The gateway must not run \
            meanwhile. Importing again adds nothing twice: stages are recognised by their names, devices by their \
            addresses, and names that were given here stay.
            """,
            "The exit status is 1 when the file is not LeadVille's or the store cannot be written.",
        ],
        examples: [.init("import-leadville /home/pi/LeadVille/db/leadville.db", "imports the database of a bridge")])

    private static let tls = CommandSpecification(
        name: .tls, summary: "Make the certificates for TLS.",
        details: ["A private authority for one range, which phones can be told to trust."])

    private static let tlsInit = CommandSpecification(
        name: .tlsInit, summary: "Make a private authority and a server certificate, for https and wss.",
        options: [
            OptionSpecification(
                "directory", value: "DIR", "Where the files are written. Default: /etc/leadville-gateway/tls."),
            OptionSpecification(
                "name", value: "NAME", canRepeat: true, "A further host name or address of the gateway."),
        ],
        details: [
            """
            The certificate names this machine's host name, the same with .local, range.local, localhost, and its addresses. \
            Where an authority exists it is kept, and only the server certificate is new: do so before it expires after \
            820 days, or when the addresses change.
            """,
            """
            Then set tls.certificate, tls.key and tls.authority as the command prints them, and restart the gateway; later \
            certificates only need a reload. Devices that have opened http://GATEWAY:8000/tls and installed the authority \
            trust the gateway.
            """,
        ],
        examples: [
            .init("tls init", "makes the files for this machine"),
            .init("tls init --directory ./tls --name range.example", "makes them elsewhere, with one more name"),
        ])

    private static let listen = CommandSpecification(
        name: .listen, summary: "Print the events of a live socket as they happen.",
        optionalOperands: ["URL"],
        options: [
            OptionSpecification(
                "channels", value: "NAMES",
                "The channels to subscribe to, separated by commas. Default: what the server sends by itself."),
            OptionSpecification(
                "since", value: "ID",
                "Print the events after this one first, and after an interruption those that were missed."),
            OptionSpecification("count", value: "NUMBER", "Stop after this many events."),
            OptionSpecification("for", value: "TIME", "Stop after 10s, 90 s or 5 min."),
            OptionSpecification("table", "Print columns with a header."),
            OptionSpecification("json", "Print the messages as they arrive, one JSON object per line."), tokenFile,
        ],
        details: [
            """
            URL is the address of a live socket: of this gateway or of LeadVille's own servers. Default: \
            ws://localhost:8000/ws/live.
            """,
            """
            When the connection is lost or cannot be made, it is tried again after 2 seconds, then after intervals that \
            grow by half up to 30 seconds. Messages about that go to standard error.
            """,
            """
            The exit status is 0 when the number of events or the time is reached, and 1 when fewer events arrived in \
            that time, when the server was never reached, or when it rejects the connection.
            """,
        ],
        examples: [
            .init("listen", "prints the events of the gateway on this machine"),
            .init("listen ws://range.local:8765 --channels timer_events", "prints shots of another gateway"),
            .init("listen --json --count 1 --for 10s", "waits for one event, in a script"),
        ])

    // MARK: Simulation

    private static let simulateHeart = CommandSpecification(
        name: .simulateHeart, summary: "Simulate ESP32 heart-rate boards.",
        options: [
            OptionSpecification(
                "users", value: "COUNT",
                "The number of boards, one for each user. Default: \(SimulateHeartOptions.defaultUsers)."),
            OptionSpecification(
                "rate", value: "NUMBER", "Readings per second from each board. Default: 1, as real boards send."),
            OptionSpecification(
                "duration", value: "TIME", "Stop after 60, 90 s or 5 min. Default: run until Ctrl-C."),
            OptionSpecification("to", value: "HOST:PORT", "Where to send the datagrams. Default: 127.0.0.1:8888."),
            OptionSpecification("seed", value: "NUMBER", "Send the same readings as another run with this number."),
            OptionSpecification(
                "faults", value: "LIST", choices: SimulatedHeartFault.allCases.map(\.rawValue) + ["all"],
                """
                The faults to play occasionally, separated by commas: \
                \(SimulatedHeartFault.allCases.map(\.rawValue).joined(separator: ", ")), or "all".
                """),
        ],
        examples: [
            .init("simulate heart", "simulates three boards for a gateway on this machine"),
            .init("simulate heart --users 3 --rate 1.5 --duration 60", "sends a little faster, for a minute"),
            .init("simulate heart --faults finger,dropout --seed 7", "plays the same faults each time"),
            .init("simulate heart --to 192.168.1.20:8888", "sends to another machine"),
        ])
}

extension DeviceDrivers {
    static var decodable: [any DeviceDriver] { all.filter { !$0.variants.isEmpty } }
}
