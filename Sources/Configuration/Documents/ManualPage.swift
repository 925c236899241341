import Text

/// The manual page, in the man(7) language. The catalogue of commands and the schema of the configuration are its sources.
package enum ManualPage {
    package static func text() -> String {
        let name = ManualText.escaped(HelpText.programName)
        var page = ManualText()
        page.macro(
            "TH", HelpText.programName.uppercased(), "1", "", "\(HelpText.programName) \(Version.gateway)",
            "User Commands")
        // Neither hyphens nor gaps in names and addresses.
        page.macro("nh")
        page.macro("ad", "l")
        page.macro("SH", "NAME")
        page.line("\(name) \\- receive sensor data and serve it live over HTTP and WebSocket")
        page.macro("SH", "SYNOPSIS")
        page.line("\\fB\(name)\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]...")
        page.macro("SH", "DESCRIPTION")
        page.prose(
            """
            LeadVille Gateway runs on a small Linux computer. It reads shot timers, impact sensors, heart-rate boards, \
            pressure mats and phones, and serves what they report as events: to web pages, to programs and to people. \
            As a service it is started by systemd; the other commands diagnose and simulate devices.
            """)
        page.macro("SH", "COMMANDS")
        for command in CommandName.allCases { page.add(CommandCatalogue.specification(command)) }
        addConfiguration(to: &page)
        addEnvironment(to: &page)
        page.macro("SH", "FILES")
        page.entry("\\fI\(ManualText.escaped(ConfigurationFile.installed))\\fR", "The configuration of the service.")
        page.entry(
            "\\fI/var/lib/leadville\\-gateway\\fR",
            "The state of the service: events, runs, targets and devices in gateway.db.")
        page.macro("SH", "EXIT STATUS")
        page.prose(HelpText.exitStatus)
        page.macro("SH", "SEE ALSO")
        page.line("\\fBsystemctl\\fR(1), \\fBjournalctl\\fR(1)")
        page.macro("PP")
        page.prose(
            "The service is leadville-gateway.service; its documentation is in /usr/share/doc/leadville-gateway.")
        return page.text
    }

    private static func addConfiguration(to page: inout ManualText) {
        page.macro("SH", "CONFIGURATION")
        page.prose(
            """
            The configuration is a YAML file in which every key is optional. Keys with dots are nested: http.port is the \
            key port in the section http. Each key is listed with its default.
            """)
        for setting in Schema.gateway.settings {
            page.entry(
                "\\fB\(ManualText.escaped(setting.path))\\fR = \\fI\(ManualText.escaped(setting.defaultText))\\fR",
                "\(setting.documentation) \(setting.rules)")
        }
    }

    private static func addEnvironment(to page: inout ManualText) {
        page.macro("SH", "ENVIRONMENT")
        page.entry(
            "\\fB\(Setting.environmentPrefix)\\fR\\fIKEY\\fR",
            """
            Overrides a configuration key, written in capitals and with underscores: LEADVILLE_HTTP_PORT for http.port.
            """)
        page.entry("\\fBSTATE_DIRECTORY\\fR", "The directory for persistent state; systemd sets it.")
        page.entry("\\fBNO_COLOR\\fR", "If set, doctor prints no colours.")
    }
}

extension ManualText {
    /// A command with its options and examples.
    fileprivate mutating func add(_ command: CommandSpecification) {
        let program = Self.escaped(HelpText.programName)
        macro("SS", command.name.rawValue)
        line("\\fB\(program)\\fR \(Self.escaped(command.usage))")
        macro("PP")
        prose(command.summary)
        for paragraph in command.details {
            macro("PP")
            prose(paragraph)
        }
        for option in command.allOptions {
            let value = option.valueName.map { " \\fI\(Self.escaped($0))\\fR" } ?? ""
            entry("\\fB\\-\\-\(Self.escaped(option.name))\\fR\(value)", option.documentation)
        }
        for example in command.examples {
            macro("PP")
            line("\\fB\(program) \(Self.escaped(example.arguments))\\fR")
            macro("br")
            prose(example.explanation)
        }
    }
}

/// Text in the man(7) language, line by line.
struct ManualText {
    private var lines: [String] = []

    var text: String { lines.joined(separator: "\n") + "\n" }

    /// A request with arguments.
    mutating func macro(_ name: String, _ arguments: String...) {
        let words = arguments.map { argument in
            argument.isEmpty || argument.contains(" ") ? "\"\(Self.escaped(argument))\"" : Self.escaped(argument)
        }
        lines.append(([".\(name)"] + words).joined(separator: " "))
    }

    /// A line that is already in the language.
    mutating func line(_ text: String) {
        lines.append(text)
    }

    /// A paragraph of plain text.
    mutating func prose(_ text: String) {
        for line in WrappedText.lines(text, width: 96) {
            let isRequest = line.hasPrefix(".") || line.hasPrefix("'")
            lines.append((isRequest ? "\\&" : "") + Self.escaped(line))
        }
    }

    /// A term, which is already in the language, and its explanation.
    mutating func entry(_ term: String, _ explanation: String) {
        macro("TP")
        line(term)
        prose(explanation)
    }

    /// Characters with a meaning in the language, typographic replacements, and all outside ASCII.
    static func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            case "`": result += "\\(ga"
            case "^": result += "\\(ha"
            case "~": result += "\\(ti"
            case "\"": result += "\\(dq"
            case "…": result += "..."
            default:
                if scalar.isASCII {
                    result.unicodeScalars.append(scalar)
                } else {
                    result += "\\[u\(Hexadecimal.text(UInt64(scalar.value), digits: 4, uppercase: true))]"
                }
            }
        }
        return result
    }
}
