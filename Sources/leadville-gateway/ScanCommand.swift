import Configuration
import Gateway

/// `scan`: what is in the air and on serial ports.
enum ScanCommand {
    static func run(_ options: ScanOptions) -> ExitStatus {
        var (probing, refusal): (Configuration.Serial?, String?)
        do {
            if options.isProbing { probing = try ConfigurationInForce(options.configurationFile).configuration.serial }
        } catch {
            // Which ports must not be touched is not known, so none is.
            refusal = "no port was listened to: \(ConfigurationInForce.complaint(error))"
        }
        var report = OnReactor.result { [probing] in
            await Scan.run(seconds: options.seconds, adapter: options.adapter, probing: probing)
        }
        if let refusal { report.troubles.append(refusal) }
        for trouble in options.isJSON ? [] : report.troubles {
            StandardStream.error.write("\(HelpText.programName): \(trouble)\n")
        }
        let answer = StandardStream.answer(options.isJSON ? report.json : report.text)
        return answer == .success && report.troubles.isEmpty ? .success : .failure
    }
}
