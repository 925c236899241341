/// An option of a command. All of them have a long name; a short one is a luxury that only `-h` affords.
struct OptionSpecification: Sendable {
    /// Without its dashes.
    let name: String
    /// What stands for the value in help texts; nil for a switch.
    let valueName: String?
    let canRepeat: Bool
    let documentation: String

    init(_ name: String, value valueName: String? = nil, canRepeat: Bool = false, _ documentation: String) {
        self.name = name
        self.valueName = valueName
        self.canRepeat = canRepeat
        self.documentation = documentation
    }

    /// As help texts show it: `--config FILE`.
    var usage: String { "--\(name)" + (valueName.map { " \($0)" } ?? "") }
}

/// What a command takes and how it explains itself: parsing and help read the same lines.
struct CommandSpecification: Sendable {
    struct Example: Sendable {
        /// Behind the program's name.
        let arguments: String
        let explanation: String

        init(_ arguments: String, _ explanation: String) {
            self.arguments = arguments
            self.explanation = explanation
        }
    }

    let name: CommandName
    /// One line for the list of commands.
    let summary: String
    /// The names of what must follow that is no option.
    var operands: [String] = []
    /// The same for what may follow.
    var optionalOperands: [String] = []
    var options: [OptionSpecification] = []
    /// One entry per paragraph.
    var details: [String] = []
    var examples: [Example] = []
    /// Whether help lists the keys of the configuration.
    var listsSettings = false

    func option(_ name: String) -> OptionSpecification? {
        options.first { $0.name == name }
    }
}
