extension CommandCatalogue {
    static let scan = CommandSpecification(
        name: .scan, summary: "List what is in the air and on serial ports, and what it is taken for.",
        options: [
            OptionSpecification(
                "seconds", value: "NUMBER",
                "How long to listen to the radio, and at most to ports. Default: \(ScanOptions.defaultSeconds)."),
            OptionSpecification("adapter", value: "NAME", "Listen with this one, such as hci0. Default: the first."),
            OptionSpecification("probe", "Listen also to the serial ports that serial.probe allows."),
            OptionSpecification(
                "config", value: "FILE",
                "The configuration that says which. Default: /etc/leadville-gateway.yaml if it is there."),
            OptionSpecification("json", "Write one JSON object instead of a table."),
        ],
        details: [
            """
            Nothing is connected to, and no serial port is opened; ports are told by what udev knows of them. It works \
            beside a running gateway. To look for devices takes CAP_NET_ADMIN. Devices that are connected do not \
            advertise, so they are not heard: a running gateway lists those that it keeps at /api/devices.
            """,
            """
            With --probe all allowed ports are opened at once and listened to, until it is clear what is there; nothing is \
            written to them. A port that a running gateway or any other program has open is left alone, and who has it \
            is said. Ten seconds try every speed on what speaks already; what has to start first may need twenty.
            """,
            "The exit status is 0 when everything could be looked at, and 1 otherwise.",
        ],
        examples: [
            .init("scan", "shows what is there"), .init("scan --seconds 30 --json", "listens longer, for a script"),
            .init("scan --probe --seconds 20", "also finds out what is at the serial ports"),
        ])

    static let doctor = CommandSpecification(
        name: .doctor, summary: "Look at everything that the gateway needs of this machine, and say what to do.",
        options: [
            OptionSpecification(
                "config", value: "FILE",
                "The configuration to go by. Default: /etc/leadville-gateway.yaml if it is there."),
            OptionSpecification("json", "Write one JSON object instead of a card."),
        ],
        details: [
            """
            Looks at Bluetooth, permissions, ports, serial devices, udev rules, the disk, the clock and the service, and \
            changes nothing. Beside everything that is not as it should be stands the cure.
            """,
            "The exit status is 0 when nothing is bad, and 1 otherwise. Colours come on a terminal only; NO_COLOR forbids them.",
        ],
        examples: [
            .init("doctor", "looks at this machine"),
            .init("doctor --config gateway.yaml", "with another configuration"),
        ])
}
