import Configuration
import JSON

/// `explain`: how an event came about, as a running gateway tells it.
enum ExplainCommand {
    static func run(_ options: ExplainOptions) -> ExitStatus {
        let answer: GatewayClient.Response
        do {
            answer = try GatewayClient.get(
                "/api/events/\(options.event)/explain", at: try options.url ?? address(options.configurationFile))
        } catch {
            return fail("\(error)")
        }
        guard answer.status == 200 else {
            let told = (try? JSONValue(parsing: answer.body))?["error"]?.stringValue
            return fail(told ?? "the gateway answered \(answer.status)")
        }
        if options.isJSON { return StandardStream.printResult(String(decoding: answer.body, as: UTF8.self) + "\n") }
        guard let explanation = try? JSONValue(parsing: answer.body, limits: .standard) else {
            return fail("the gateway's answer cannot be read")
        }
        return StandardStream.printResult(ExplanationText.text(explanation))
    }

    /// Where the gateway of a configuration is, seen from this machine.
    private static func address(_ file: String?) throws -> HTTPAddress {
        let configuration = try ConfigurationSources(
            file: file.map { path in try ConfigurationFile.read(path) }, environment: [:], assignments: []
        ).resolve()
        let host = configuration.http.host
        let isEverywhere = host.isEmpty || host == "0.0.0.0" || host == "::"
        return HTTPAddress(host: isEverywhere ? "127.0.0.1" : host, port: configuration.http.port)
    }

    private static func fail(_ sentence: String) -> ExitStatus {
        StandardStream.error.write("\(HelpText.programName): \(sentence)\n")
        return .failure
    }
}
