import Events

/// An option of a command. Options have long names only; `-h` is the single exception.
struct OptionSpecification: Sendable {
    /// Without the leading dashes.
    let name: String
    /// The placeholder for the value in help texts; nil for a flag.
    let valueName: String?
    let canRepeat: Bool
    let documentation: String

    init(_ name: String, value valueName: String? = nil, canRepeat: Bool = false, _ documentation: String) {
        self.name = name
        self.valueName = valueName
        self.canRepeat = canRepeat
        self.documentation = documentation
    }

    /// The option as help texts show it: `--config FILE`.
    var usage: String { "--\(name)" + (valueName.map { " \($0)" } ?? "") }
}

/// The syntax and the documentation of a command; parsing and help use the same specification.
struct CommandSpecification: Sendable {
    struct Example: Sendable {
        /// Without the program's name.
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
    /// The names of the required operands.
    var operands: [String] = []
    /// The names of the optional operands.
    var optionalOperands: [String] = []
    var options: [OptionSpecification] = []
    /// One entry per paragraph.
    var details: [String] = []
    var examples: [Example] = []
    /// Whether help lists the configuration keys.
    var listsSettings = false

    func option(_ name: String) -> OptionSpecification? {
        options.first { $0.name == name }
    }
}

/// The commands of the program; the raw value is what the user types.
package enum CommandName: String, CaseIterable, Sendable {
    case run
    case checkConfig = "check-config"
    case defaultConfig = "default-config"
    case scan
    case doctor
    case decode
    case explain
    case simulate
    case simulateHeart = "simulate heart"
    case simulateAMGCommander = "simulate amg-commander"
    case simulateBT50 = "simulate bt50"
    case simulateESP32Heart = "simulate esp32-heart"
    case simulateHeartStrap = "simulate heart-rate-strap"
    case simulatePressureMat = "simulate pressure-mat"
    case simulateSensorLogger = "simulate sensor-logger"
    case simulateSGTimer = "simulate sg-timer"
    case simulateSpecialPie = "simulate specialpie"
    case version
    case help

    /// The commands whose names begin with this command's name.
    package var subcommands: [CommandName] {
        Self.allCases.filter { $0.rawValue.hasPrefix(rawValue + " ") }
    }

    /// The device that this command simulates; nil for commands that do not simulate a single device.
    package var simulatedDevice: DeviceFamily? {
        rawValue.hasPrefix("simulate ") ? DeviceFamily(rawValue: lastWord) : nil
    }

    var lastWord: String {
        String(rawValue[(rawValue.lastIndex(of: " ").map(rawValue.index(after:)) ?? rawValue.startIndex)...])
    }

    static var topLevel: [CommandName] { allCases.filter { !$0.rawValue.contains(" ") } }
}
