import Configuration

/// `version`: what this is, what built it, and what one may do with it.
enum VersionCommand {
    static func run() -> ExitStatus {
        StandardStream.printResult(
            """
            leadville-gateway \(Version.gateway)
            built with Swift \(compiler)
            GPL-3.0-or-later: free software, without any warranty

            """)
    }

    /// The language has no name for it, so each release is asked for.
    private static var compiler: String {
        #if compiler(>=6.4)
            "6.4 or later"
        #elseif compiler(>=6.3)
            "6.3"
        #elseif compiler(>=6.2)
            "6.2"
        #elseif compiler(>=6.1)
            "6.1"
        #else
            "6.0"
        #endif
    }
}
