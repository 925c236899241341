import Testing

@testable import Configuration

@Suite("Help texts") struct HelpTextTests {
    @Test("the overview names every command")
    func overview() {
        let text = HelpText.text(nil)
        for command in CommandName.allCases where command.subcommands.isEmpty {
            #expect(text.contains("\n  \(command.rawValue) "), "\(command)")
        }
    }

    @Test("a command's help lists its options and valid examples", arguments: CommandName.allCases)
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

    @Test("assignments in the examples are valid")
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

    @Test("no line is longer than 100 characters")
    func width() {
        for name in [nil] + CommandName.allCases.map(Optional.some) {
            for line in HelpText.text(name).split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        }
    }

    @Test("wraps text between words")
    func wrapping() {
        #expect(WrappedText.lines("", width: 5) == [])
        #expect(WrappedText.lines("ab cd", width: 5) == ["ab cd"])
        #expect(WrappedText.lines("ab cde", width: 5) == ["ab", "cde"])
        #expect(WrappedText.lines("abcdefg h", width: 5) == ["abcdefg", "h"])
    }
}

@Suite("Nearest name") struct NearestNameTests {
    @Test(
        "computes edit distances",
        arguments: [
            ("", "", 0), ("a", "", 1), ("", "abc", 3), ("alpha", "alpha", 0), ("alpha", "alhpa", 1),
            ("alpha", "alph", 1), ("alpha", "alphas", 1), ("alpha", "olpha", 1), ("port", "prot", 1),
            ("kitten", "sitting", 3), ("ca", "abc", 3),
        ])
    func distances(left: String, right: String, distance: Int) {
        #expect(NearestName.distance(Array(left.utf8), Array(right.utf8)) == distance)
        #expect(NearestName.distance(Array(right.utf8), Array(left.utf8)) == distance)
    }

    @Test(
        "suggests the nearest name",
        arguments: [
            ("alhpa", "alpha"), ("Alpha", "alpha"), ("stale-after", "stale_after"), ("warn", "warning"),
            ("historylength", "history_length"), ("prt", "port"), ("zzz", nil), ("", nil), ("p", nil),
            (String(repeating: "a", count: 65), nil),
        ] as [(String, String?)])
    func suggestions(typed: String, expected: String?) {
        let names = ["alpha", "stale_after", "warning", "history_length", "port", "host"]
        #expect(NearestName.best(for: typed, among: names) == expected)
    }
}
