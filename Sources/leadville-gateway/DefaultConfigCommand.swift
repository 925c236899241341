import Configuration

/// `default-config`: a file to start from.
enum DefaultConfigCommand {
    static func run() -> ExitStatus {
        StandardStream.printResult(DefaultFile.text())
    }
}
