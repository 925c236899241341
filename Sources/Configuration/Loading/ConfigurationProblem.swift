/// Where a value, or the mistake in it, comes from. In the order of precedence: what stands later here wins.
package enum ConfigurationOrigin: Equatable, Sendable, CustomStringConvertible {
    case file(name: String, position: YAMLPosition)
    case environment(variable: String)
    /// A command-line option as it was written: `--set http.port=80`.
    case option(String)

    package var description: String {
        switch self {
        case .file(let name, let position): "\(name):\(position.line):\(position.column)"
        case .environment(let variable): "environment variable \(Excerpt.of(variable))"
        case .option(let text): Excerpt.of(text)
        }
    }

    /// Whether this one came into effect after the other.
    func isLater(than other: Self) -> Bool {
        switch (self, other) {
        case (.file(_, let position), .file(_, let otherPosition)): position > otherPosition
        default: rank > other.rank
        }
    }

    var rank: Int {
        switch self {
        case .file: 0
        case .environment: 1
        case .option: 2
        }
    }
}

/// One thing that is wrong: where, what, and what to write instead.
package struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
    package var origin: ConfigurationOrigin
    package var message: String

    package init(_ origin: ConfigurationOrigin, _ message: String) {
        self.origin = origin
        self.message = message
    }

    package var description: String { "\(origin): \(message)" }
}

/// A configuration that was not taken, with everything that is wrong with it, so that one round of repairs is enough.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// In the order of the file; behind it the environment and the options.
    package let problems: [ConfigurationProblem]
    /// How many more there were than anybody would read.
    package let omitted: Int

    package static let maximumProblems = 50

    init(_ found: [ConfigurationProblem], omitted: Int) {
        // Sorting by place keeps the order of those that share one.
        let sorted = found.enumerated().sorted { left, right in
            if right.element.origin.isLater(than: left.element.origin) { return true }
            return !left.element.origin.isLater(than: right.element.origin) && left.offset < right.offset
        }
        problems = sorted.map(\.element)
        self.omitted = omitted
    }

    /// One problem per line.
    package var description: String {
        let lines = problems.map(\.description) + (omitted > 0 ? ["and \(omitted) more"] : [])
        return lines.joined(separator: "\n")
    }
}
