import Text

/// Where a value, or an error in it, comes from, in ascending order of precedence.
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

    /// Whether this origin takes precedence over the other.
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

/// One error in the configuration: where it is, what is wrong, and what to write instead.
package struct ConfigurationProblem: Equatable, Sendable, CustomStringConvertible {
    package var origin: ConfigurationOrigin
    package var message: String

    package init(_ origin: ConfigurationOrigin, _ message: String) {
        self.origin = origin
        self.message = message
    }

    package var description: String { "\(origin): \(message)" }
}

/// An invalid configuration, with all errors in it, so that they can be fixed in one go.
package struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// In the order of the file, followed by the environment and the options.
    package let problems: [ConfigurationProblem]
    /// How many further problems were not recorded.
    package let omitted: Int

    package static let maximumProblems = 50

    init(_ found: [ConfigurationProblem], omitted: Int) {
        // A stable sort: problems at the same place keep their order.
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
