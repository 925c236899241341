/// The commands for tokens, beside or without a running gateway.
extension CommandCatalogue {
    /// For commands that ask a running gateway.
    static let tokenFile = OptionSpecification(
        "token-file", value: "FILE",
        "A file with the token to present. Default: the environment variable LEADVILLE_TOKEN, if there is one.")

    static let token = CommandSpecification(
        name: .token, summary: "Make, list and revoke the tokens that let clients in.",
        details: ["Once there is a token, requests that change something need one. Reading needs none by default."])

    static func token(_ action: TokenAction) -> CommandSpecification {
        switch action {
        case .add: add
        case .list: list
        case .revoke: revoke
        }
    }

    private static let config = OptionSpecification(
        "config", value: "FILE",
        "The gateway's configuration, which names its state. Default: /etc/leadville-gateway.yaml if it exists.")

    private static let place = """
        The tokens are in the gateway's state directory, as digests. A running gateway notices the change at once. Run the \
        command as root, or as the user of the gateway.
        """

    private static let add = CommandSpecification(
        name: .tokenAction(.add), summary: "Make a token, and print it once.",
        operands: ["NAME"],
        options: [
            OptionSpecification(
                "role", value: "ROLE", choices: TokenRole.names,
                """
                What it allows: "read" everything that can be read, "operate" also to change the range, its devices and its \
                data, "admin" also to manage tokens. Default: operate.
                """), config,
        ],
        details: [
            "NAME says who uses it, so that it can be revoked later. Only the token goes to standard output.", place,
        ],
        examples: [
            .init("token add Tablet-3", "makes a token for a client that changes things"),
            .init("token add --role read Scoreboard > token", "writes one that only reads into a file"),
        ])

    private static let list = CommandSpecification(
        name: .tokenAction(.list), summary: "List the tokens: name, role, and when they were made and used.",
        options: [config], details: ["The tokens themselves are not kept. The last use is written after some minutes."],
        examples: [.init("token list", "lists the tokens of the gateway on this machine")])

    private static let revoke = CommandSpecification(
        name: .tokenAction(.revoke), summary: "Revoke a token, and close what its clients have open.",
        operands: ["TOKEN"], options: [config],
        details: [
            "TOKEN is the id or the name that token list shows.", place,
            "The exit status is 1 when there is no such token.",
        ],
        examples: [.init("token revoke Scoreboard", "revokes a token by its name")])
}

/// What a `token` command does; the raw value is what the user types after `token`.
package enum TokenAction: String, Hashable, CaseIterable, Sendable {
    case add, list, revoke
}

/// The roles as the user types them.
package enum TokenRole {
    package static let names = ["read", "operate", "admin"]
}

package struct TokenCommandOptions: Equatable, Sendable {
    package var action: TokenAction
    /// The name of a new token, or the id or name of an old one.
    package var token: String
    package var role: String
    package var configurationFile: String?

    init(_ action: TokenAction, _ arguments: ArgumentScanner) throws(UsageError) {
        self.action = action
        token = arguments.operands.first ?? ""
        role =
            action == .add
            ? try arguments.oneOf(TokenRole.names, "role", in: .tokenAction(action)) ?? "operate" : "operate"
        configurationFile = arguments.value("config")
    }
}
