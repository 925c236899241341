/// The commands for the gateway's own Wi-Fi network.
extension CommandCatalogue {
    static let accessPoint = CommandSpecification(
        name: .accessPoint, summary: "Make a Wi-Fi network of this machine, for a range without one.",
        details: ["Uses NetworkManager, as on Raspberry Pi OS. Run the commands as root."])

    static func accessPoint(_ action: AccessPointAction) -> CommandSpecification {
        switch action {
        case .on: on
        case .off: off
        case .status: status
        }
    }

    private static let config = OptionSpecification(
        "config", value: "FILE",
        "The gateway's configuration, which names its state. Default: /etc/leadville-gateway.yaml if it exists.")

    private static let on = CommandSpecification(
        name: .accessPointAction(.on), summary: "Switch the network on, and print how to join it.",
        options: [
            OptionSpecification("name", value: "NAME", "The name of the network. Default: the last one, or LeadVille."),
            OptionSpecification(
                "password-file", value: "FILE",
                "A file with the password. Default: the last one, or a random one, which is printed."),
            OptionSpecification(
                "interface", value: "NAME", "The Wi-Fi adapter, such as wlan0. Default: NetworkManager chooses."),
            OptionSpecification(
                "directory", value: "DIR",
                "Where NetworkManager keeps its connections. Default: \(AccessPointOptions.defaultDirectory)."), config,
        ],
        details: [
            """
            The network is there after each start of the machine, until it is switched off. A Wi-Fi adapter that was in another \
            network leaves it. Phones that join get an address, and find the gateway by the host name with .local, or at 10.42.0.1.
            """,
            "The exit status is 1 when NetworkManager does not run or rejects the network.",
        ],
        examples: [
            .init("access-point on", "makes a network, and prints its name, its password and a QR code"),
            .init("access-point on --name Bay-3 --interface wlan1", "chooses name and adapter"),
        ])

    private static let off = CommandSpecification(
        name: .accessPointAction(.off), summary: "Switch the network off.", options: [config],
        details: ["Its name and its password are kept for the next time."],
        examples: [.init("access-point off", "removes the network from NetworkManager")])

    private static let status = CommandSpecification(
        name: .accessPointAction(.status), summary: "Say whether the network is on, and how to join it.",
        options: [config],
        details: ["The exit status is 0 when it is on, and 1 otherwise."],
        examples: [.init("access-point status", "prints the QR code again")])
}

/// What an `access-point` command does; the raw value is what the user types.
package enum AccessPointAction: String, Hashable, CaseIterable, Sendable {
    case on, off, status
}

package struct AccessPointOptions: Equatable, Sendable {
    package static let defaultDirectory = "/etc/NetworkManager/system-connections"

    package var action: AccessPointAction
    package var name: String?
    package var passwordFile: String?
    package var interface: String?
    package var directory: String
    package var configurationFile: String?

    init(_ action: AccessPointAction, _ arguments: ArgumentScanner) {
        self.action = action
        let isOn = action == .on
        name = isOn ? arguments.value("name") : nil
        passwordFile = isOn ? arguments.value("password-file") : nil
        interface = isOn ? arguments.value("interface") : nil
        directory = isOn ? arguments.value("directory") ?? Self.defaultDirectory : Self.defaultDirectory
        configurationFile = arguments.value("config")
    }
}
