import Configuration
import JSON

/// `explain`: prints a running gateway's explanation of an event.
enum ExplainCommand {
    static func run(_ options: ExplainOptions) -> ExitStatus {
        let response: GatewayClient.Response
        do {
            response = try GatewayClient.get(
                "/api/events/\(options.event)/explain", at: try options.url ?? address(options.configurationFile),
                token: try ClientToken.read(options.tokenFile))
        } catch {
            return StandardStream.fail("\(error)")
        }
        guard response.status == 200 else {
            let message = (try? JSONValue(parsing: response.body))?["error"]?.stringValue
            return StandardStream.fail(message ?? "the gateway answered with status \(response.status)")
        }
        if options.isJSON { return StandardStream.printResult(String(decoding: response.body, as: UTF8.self) + "\n") }
        guard let explanation = try? JSONValue(parsing: response.body, limits: .standard) else {
            return StandardStream.fail("invalid response from the gateway")
        }
        return StandardStream.printResult(ExplanationText.text(explanation))
    }

    private static func address(_ file: String?) throws -> HTTPAddress {
        GatewayClient.address(
            try ConfigurationSources(
                file: file.map { path in try ConfigurationFile.read(path) }, environment: [:], assignments: []
            ).resolve())
    }
}

/// Formats an explanation for a terminal: the event, and its causes indented below it.
enum ExplanationText {
    static func text(_ explanation: JSONValue) -> String {
        var lines: [String] = []
        write(explanation, indent: "", to: &lines)
        return lines.joined(separator: "\n") + "\n"
    }

    private static let width = 24

    private static func write(_ explanation: JSONValue, indent: String, to lines: inout [String]) {
        let event = explanation["event"]
        let name = event?["event_type"]?.stringValue ?? explanation["kind"]?.stringValue ?? "event"
        lines.append("\(indent)Event \(explanation["id"]?.description ?? "?"): \(name)")
        let inner = indent + "  "
        if let detail = event?["data"]?["event_detail"]?.stringValue { lines.append("\(inner)\(detail)") }
        for member in explanation.objectValue?.members ?? [] {
            switch member.key {
            case "id", "kind", "event", "causes", "raw": continue
            default: write(member.key, member.value, indent: inner, to: &lines)
            }
        }
        if let raw = explanation["raw"]?.arrayValue, !raw.isEmpty {
            lines.append("\(inner)received bytes:")
            for notification in raw {
                let time = notification["arrived"]?.stringValue ?? ""
                lines.append("\(inner)  \(time)  \(notification["hex"]?.stringValue ?? "")")
            }
        }
        guard let causes = explanation["causes"]?.arrayValue, !causes.isEmpty else { return }
        lines.append("\(inner)derived from:")
        for cause in causes { write(cause, indent: inner + "  ", to: &lines) }
    }

    private static func write(_ key: String, _ value: JSONValue, indent: String, to lines: inout [String]) {
        let name = String(key.map { $0 == "_" ? " " : $0 })
        switch value {
        case .object(let object) where !object.isEmpty:
            lines.append("\(indent)\(name):")
            for member in object.members { write(member.key, member.value, indent: indent + "  ", to: &lines) }
        case .array(let elements) where elements.contains(where: { $0.objectValue != nil }):
            lines.append("\(indent)\(name):")
            for element in elements {
                let parts = element.objectValue?.members.map { "\($0.key) \(plain($0.value))" } ?? [plain(element)]
                lines.append("\(indent)  " + parts.joined(separator: ", "))
            }
        default:
            let gap = String(repeating: " ", count: max(1, width - name.count))
            lines.append("\(indent)\(name)\(gap)\(plain(value))")
        }
    }

    private static func plain(_ value: JSONValue) -> String {
        switch value {
        case .string(let text): text
        case .null: "none"
        case .array(let elements): elements.map(plain).joined(separator: ", ")
        default: value.description
        }
    }
}
