import Configuration
import Gateway

/// `scan`: what is in the air and on serial ports.
enum ScanCommand {
    static func run(_ options: ScanOptions) -> ExitStatus {
        var (probing, refusal): (Configuration.Serial?, String?)
        do {
            if options.isProbing {
                probing = try EffectiveConfiguration(options.configurationFile).configuration.serial
            }
        } catch {
            // Which ports must not be touched is not known, so none is.
            refusal = "no port was listened to: \(EffectiveConfiguration.message(error))"
        }
        var report = ReactorRunner.run { [probing] in
            await Scan.run(seconds: options.seconds, adapter: options.adapter, probing: probing)
        }
        if let refusal { report.problems.append(refusal) }
        for trouble in options.isJSON ? [] : report.problems {
            StandardStream.error.write("\(HelpText.programName): \(trouble)\n")
        }
        let answer = StandardStream.printResult(options.isJSON ? report.json : report.text)
        return answer == .success && report.problems.isEmpty ? .success : .failure
    }
}
