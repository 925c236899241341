/// The commands that print documents derived from this catalogue.
extension CommandCatalogue {
    static let man = CommandSpecification(
        name: .man, summary: "Print the manual page.",
        details: ["The page describes every command, option and configuration key. The Debian package installs it."],
        examples: [.init("man > leadville-gateway.1", "writes the page to a file, which man -l shows")])

    static let completion = CommandSpecification(
        name: .completion, summary: "Print a script with which a shell completes commands and options.",
        operands: ["SHELL"],
        details: [
            """
            SHELL is \(Shell.names.joined(separator: ", ")). The Debian package installs all of them; without it, load \
            the script at the start of the shell.
            """
        ],
        examples: [
            .init(
                "completion bash > ~/.local/share/bash-completion/completions/leadville-gateway", "installs it for bash"
            ),
            .init("completion fish > ~/.config/fish/completions/leadville-gateway.fish", "installs it for fish"),
        ])
}

/// A shell for which there is a completion script.
package enum Shell: String, CaseIterable, Sendable {
    case bash, zsh, fish

    static let names = allCases.map(\.rawValue)

    init(_ arguments: ArgumentScanner) throws(UsageError) {
        let text = arguments.operands.first ?? ""
        guard let shell = Self(rawValue: text) else {
            throw UsageError(
                .invalidOperand(
                    name: "SHELL", found: text, choices: Self.names,
                    nearest: NearestName.best(for: text, among: Self.names)), in: .completion)
        }
        self = shell
    }
}
