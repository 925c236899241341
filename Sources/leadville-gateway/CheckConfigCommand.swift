import Configuration

/// `check-config FILE`: is it valid, and what does it change?
enum CheckConfigCommand {
    static func run(file: String) -> ExitStatus {
        let configuration: Configuration
        do {
            configuration = try ConfigurationSources(file: ConfigurationFile.read(file)).resolve()
        } catch {
            StandardStream.error.write("\(error)\n")
            return .failure
        }
        let changes = Schema.gateway.changes(from: Configuration(), to: configuration)
        let lines = changes.all.map { "  \($0.path): \($0.after) (default: \($0.before))\n" }
        let summary = lines.isEmpty ? "valid, every key has its default" : "valid, and sets:"
        return StandardStream.printResult("\(file): \(summary)\n" + lines.joined())
    }
}
