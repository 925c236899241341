import Configuration

/// A configuration that was accepted can be written out key by key and reads as the same configuration. One that was
/// refused comes with problems that a person can use: few, on one line each, with a place in the file.
enum ConfigurationFuzz {
    static func run(_ input: ArraySlice<UInt8>) throws {
        let file = ConfigurationText(name: "f", bytes: Array(input))
        switch resolve(file) {
        case .success(let configuration):
            let text = written(configuration)
            let copy = resolve(ConfigurationText(name: "written", bytes: Array(text.utf8)))
            try require(copy == .success(configuration), "\(copy) from:\n\(text)")
        case .failure(let refusal): try checkProblems(of: refusal, for: file)
        }
    }

    private static func resolve(_ file: ConfigurationText) -> Result<Configuration, ConfigurationError> {
        Result { () throws(ConfigurationError) in try ConfigurationSources(file: file).resolve() }
    }

    private static func checkProblems(of refusal: ConfigurationError, for file: ConfigurationText) throws {
        try require(!refusal.problems.isEmpty, "refused without a problem")
        try require(refusal.problems.count <= ConfigurationError.maximumProblems, "too many problems")
        for problem in refusal.problems {
            guard case .file("f", let position) = problem.origin else {
                throw InvariantViolation("not in the file: \(problem)")
            }
            // YAML knows more line ends than one, but none is shorter than a byte.
            let places = 1...file.bytes.count + 2
            try require(places.contains(position.line) && places.contains(position.column), "no place: \(problem)")
            try require(PrintableLine.isValid(problem.message), "no line: \(problem)")
        }
    }

    /// Every key with its value.
    private static func written(_ configuration: Configuration) -> String {
        var text = ""
        var open: [Substring] = []
        for setting in Schema.gateway.settings {
            let names = setting.path.split(separator: ".")
            let sections = names.dropLast()
            let common = zip(open, sections).prefix { $0 == $1 }.count
            for (depth, name) in sections.enumerated().dropFirst(common) {
                text += String(repeating: " ", count: depth) + "\(name):\n"
            }
            open = Array(sections)
            let indentation = String(repeating: " ", count: sections.count)
            text += "\(indentation)\(setting.name): \(setting.text(in: configuration))\n"
        }
        return text
    }
}
