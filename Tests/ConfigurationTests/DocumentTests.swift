import Testing

@testable import Configuration

@Suite("Manual page") struct ManualPageTests {
    private let page = ManualPage.text()

    @Test("describes every command and option", arguments: CommandName.allCases)
    func command(_ name: CommandName) throws {
        let title = ManualText.escaped(name.rawValue)
        let heading = ".SS \(title.contains(" ") ? "\"\(title)\"" : title)\n"
        let parts = page.split(separator: "\n.S")
        let section = try #require(parts.first { ".S\($0)\n".hasPrefix(heading) })
        for option in CommandCatalogue.specification(name).allOptions {
            #expect(section.contains("\n\\fB\\-\\-\(ManualText.escaped(option.name))\\fR"), "\(option.name)")
        }
    }

    @Test("lists every key with its default")
    func settings() {
        for setting in Schema.gateway.settings {
            let (path, value) = (ManualText.escaped(setting.path), ManualText.escaped(setting.defaultText))
            #expect(page.contains("\n.TP\n\\fB\(path)\\fR = \\fI\(value)\\fR\n"), "\(setting.path)")
        }
    }

    @Test(
        "escapes what the man language would interpret",
        arguments: [
            ("plain", "plain"), ("--a", "\\-\\-a"), ("a\\b", "a\\eb"), ("\"`^~", "\\(dq\\(ga\\(ha\\(ti"),
            ("…", "..."), ("µ→😀", "\\[u00B5]\\[u2192]\\[u1F600]"),
        ])
    func escaping(text: String, expected: String) {
        #expect(ManualText.escaped(text) == expected)
    }

    @Test("a line of text is never a request")
    func requests() {
        var text = ManualText()
        text.prose(".SH text")
        text.prose("'quoted'")
        #expect(text.text == "\\&.SH text\n\\&'quoted'\n")
    }
}

@Suite("Shell completion") struct ShellCompletionTests {
    @Test("every script has every command, option and key", arguments: Shell.allCases)
    func commands(_ shell: Shell) {
        let script = ShellCompletion.script(for: shell)
        for command in CommandName.allCases { #expect(script.contains(command.lastWord), "\(command)") }
        for command in ShellCompletion.commands {
            for option in command.options {
                let name = shell == .fish ? "-l \(option.name) " : "--\(option.name)"
                #expect(script.contains(name), "\(option.name)")
            }
        }
        for setting in Schema.gateway.settings { #expect(script.contains("\(setting.path)="), "\(setting.path)") }
    }

    @Test("every suggested value is valid")
    func choices() {
        for command in ShellCompletion.commands where command.operands.isEmpty {
            for option in command.options {
                for choice in option.choices {
                    let line =
                        command.name.rawValue.split(separator: " ").map(String.init) + ["--\(option.name)", choice]
                    #expect(throws: Never.self) { try CommandLineParser.parse(line) }
                }
            }
        }
    }

    @Test(
        "the brief description of an option is its first sentence",
        arguments: [
            ("Stop. Then go.", "Stop"), ("The port 1.5, as sent. Default: 1.", "The port 1.5, as sent"),
            ("None", "None"),
        ])
    func brief(text: String, expected: String) {
        #expect(ShellCompletion.brief(text) == expected)
    }
}
