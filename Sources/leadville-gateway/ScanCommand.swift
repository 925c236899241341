import Configuration
import Gateway

/// `scan`: what is in the air and on serial ports.
enum ScanCommand {
    static func run(_ options: ScanOptions) -> ExitStatus {
        let report = OnReactor.result { await Scan.run(seconds: options.seconds, adapter: options.adapter) }
        for trouble in options.isJSON ? [] : report.troubles {
            StandardStream.error.write("\(HelpText.programName): \(trouble)\n")
        }
        let answer = StandardStream.answer(options.isJSON ? report.json : report.text)
        return answer == .success && report.troubles.isEmpty ? .success : .failure
    }
}
