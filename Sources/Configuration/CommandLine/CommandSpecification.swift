import Devices
import Events

/// An option of a command. Options have long names only; `-h` is the single exception.
struct OptionSpecification: Sendable {
    /// Without the leading dashes.
    let name: String
    /// The placeholder for the value in help texts; nil for a flag.
    let valueName: String?
    let canRepeat: Bool
    /// The values that a shell suggests; empty when there are too many, or when they depend on other arguments.
    let choices: [String]
    let documentation: String

    init(
        _ name: String, value valueName: String? = nil, canRepeat: Bool = false, choices: [String] = [],
        _ documentation: String
    ) {
        self.name = name
        self.valueName = valueName
        self.canRepeat = canRepeat
        self.choices = choices
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

    /// The options, with the one that every command has.
    var allOptions: [OptionSpecification] { options + [OptionSpecification("help", "Show this text.")] }

    /// The form of the command line, without the program's name.
    var usage: String {
        let subcommands = name.subcommands
        var usage = name.rawValue
        if !subcommands.isEmpty { usage += " \(name.subcommandKind.uppercased())" }
        if !options.isEmpty || !subcommands.isEmpty { usage += " [OPTION]..." }
        return usage + operands.map { " \($0)" }.joined() + optionalOperands.map { " [\($0)]" }.joined()
    }
}

/// The commands of the program; the raw value is what the user types.
package enum CommandName: RawRepresentable, Hashable, CaseIterable, Sendable {
    case run
    case checkConfig
    case defaultConfig
    case scan
    case doctor
    case diagnose
    case decode
    case explain
    case importLeadVille
    case listen
    case store
    case storeAction(StoreAction)
    case tls
    case tlsInit
    case token
    case tokenAction(TokenAction)
    case accessPoint
    case accessPointAction(AccessPointAction)
    case simulate
    case simulateHeart
    case simulateDevice(DeviceFamily)
    case man
    case completion
    case version
    case help

    package static let allCases: [CommandName] = {
        var all: [CommandName] = [
            .run, .checkConfig, .defaultConfig, .scan, .doctor, .diagnose, .decode, .explain, .listen, .importLeadVille,
            .tls, .tlsInit, .token,
        ]
        all += TokenAction.allCases.map(Self.tokenAction)
        all.append(.accessPoint)
        all += AccessPointAction.allCases.map(Self.accessPointAction)
        all.append(.store)
        all += StoreAction.allCases.map(Self.storeAction)
        all += [.simulate, .simulateHeart]
        all += DeviceDrivers.families.map(Self.simulateDevice)
        return all + [.man, .completion, .version, .help]
    }()

    package init?(rawValue: String) {
        guard let command = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
        self = command
    }

    package var rawValue: String {
        switch self {
        case .run: "run"
        case .checkConfig: "check-config"
        case .defaultConfig: "default-config"
        case .scan: "scan"
        case .doctor: "doctor"
        case .diagnose: "diagnose"
        case .decode: "decode"
        case .explain: "explain"
        case .importLeadVille: "import-leadville"
        case .listen: "listen"
        case .store: "store"
        case .storeAction(let action): "store \(action.rawValue)"
        case .tls: "tls"
        case .tlsInit: "tls init"
        case .token: "token"
        case .tokenAction(let action): "token \(action.rawValue)"
        case .accessPoint: "access-point"
        case .accessPointAction(let action): "access-point \(action.rawValue)"
        case .simulate: "simulate"
        case .simulateHeart: "simulate heart"
        case .simulateDevice(let device): "simulate \(device)"
        case .man: "man"
        case .completion: "completion"
        case .version: "version"
        case .help: "help"
        }
    }

    /// The commands whose names begin with this command's name.
    package var subcommands: [CommandName] {
        Self.allCases.filter { $0.rawValue.hasPrefix(rawValue + " ") }
    }

    /// What the word behind this command names.
    var subcommandKind: String { self == .simulate ? "device" : "command" }

    /// The device that this command simulates; nil for commands that do not simulate a single device.
    package var simulatedDevice: DeviceFamily? {
        if case .simulateDevice(let device) = self { device } else { nil }
    }

    var lastWord: String {
        String(rawValue[(rawValue.lastIndex(of: " ").map(rawValue.index(after:)) ?? rawValue.startIndex)...])
    }

    static var topLevel: [CommandName] { allCases.filter { !$0.rawValue.contains(" ") } }
}
