import Testing

@testable import Configuration

@Suite("Help") struct HelpTextTests {
    @Test("the overview names every command")
    func overview() {
        let text = HelpText.text(nil)
        for command in CommandName.allCases where command.subcommands.isEmpty {
            #expect(text.contains("\n  \(command.rawValue) "), "\(command)")
        }
    }

    @Test("a command's help names its options, and its examples are understood", arguments: CommandName.allCases)
    func command(_ name: CommandName) throws {
        let text = HelpText.text(name)
        let specification = CommandCatalogue.specification(name)
        #expect(text.hasPrefix(specification.summary))
        for option in specification.options { #expect(text.contains("\n  \(option.usage) "), "\(option.name)") }
        for example in specification.examples {
            let arguments = example.arguments.prefix { $0 != ">" }.split(separator: " ").map(String.init)
            #expect(throws: Never.self) { try CommandLineParser.parse(arguments) }
        }
    }

    @Test("the assignments in the examples are valid")
    func assignments() throws {
        for example in CommandCatalogue.specification(.run).examples {
            guard
                case .run(let options) = try CommandLineParser.parse(
                    example.arguments.split(separator: " ").map(String.init))
            else { continue }
            #expect(throws: Never.self) { try ConfigurationSources(assignments: options.assignments).resolve() }
        }
    }

    @Test("the help of run lists every key with its default")
    func settings() {
        let text = HelpText.text(.run)
        for setting in Schema.gateway.settings {
            #expect(text.contains("\n  \(setting.path) = \(setting.defaultText)\n"), "\(setting.path)")
        }
    }

    @Test("no line is wider than a terminal")
    func width() {
        for name in [nil] + CommandName.allCases.map(Optional.some) {
            for line in HelpText.text(name).split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        }
    }

    @Test("prose is broken between words")
    func wrapping() {
        #expect(WrappedText.lines("", width: 5) == [])
        #expect(WrappedText.lines("ab cd", width: 5) == ["ab cd"])
        #expect(WrappedText.lines("ab cde", width: 5) == ["ab", "cde"])
        #expect(WrappedText.lines("abcdefg h", width: 5) == ["abcdefg", "h"])
    }
}
