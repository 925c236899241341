/// What the program can be asked to do, by the words that are typed.
package enum CommandName: String, CaseIterable, Sendable {
    case run
    case checkConfig = "check-config"
    case defaultConfig = "default-config"
    case decode
    case simulate
    case simulateHeart = "simulate heart"
    case version
    case help

    /// The commands whose names begin with this one's.
    package var subcommands: [CommandName] {
        Self.allCases.filter { $0.rawValue.hasPrefix(rawValue + " ") }
    }

    /// The last word of the name.
    var lastWord: String {
        String(rawValue[(rawValue.lastIndex(of: " ").map(rawValue.index(after:)) ?? rawValue.startIndex)...])
    }

    static var topLevel: [CommandName] { allCases.filter { !$0.rawValue.contains(" ") } }
}
