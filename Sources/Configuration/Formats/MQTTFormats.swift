/// The texts of MQTT.
extension ValueFormat where Value == String {
    static var brokerName: Self {
        text(expected: "a host name or address, or \"\"", example: "\"broker.local\"") { text in
            text.isEmpty ? nil : HostName.problem(text)
        }
    }

    static var topicFilter: Self {
        text(expected: "a topic filter, or \"\"", example: "\"phones/+/motion\"") { text in
            if let problem = problemOfTopicText(text) { return problem }
            let levels = text.split(separator: "/", omittingEmptySubsequences: false)
            for (index, level) in levels.enumerated() where level.contains("+") || level.contains("#") {
                if level.count > 1 { return "+ and # stand for a whole level" }
                if level == "#", index != levels.count - 1 {
                    return "# stands for all further levels, so it comes last"
                }
            }
            return nil
        }
    }

    static var topicLevel: Self {
        text(expected: "one level of a topic, or \"\"", example: "\"range-1\"") { text in
            text.contains { "/+#$".contains($0) } ? "it must not contain /, +, # or $" : problemOfTopicText(text)
        }
    }

    static var clientID: Self {
        text(expected: "at most 128 bytes, or \"\"", example: "\"range-1\"") { text in
            text.utf8.count > 128 ? "it is too long" : problemOfTopicText(text)
        }
    }

    static var brokerUser: Self {
        text(expected: "a user name, or \"\"", example: "\"sensor\"", problem: problemOfTopicText)
    }

    private static func problemOfTopicText(_ text: String) -> String? {
        if text.utf8.count > 1_024 { return "it is too long" }
        return text.unicodeScalars.contains { $0.value < 0x20 } ? "it contains control characters" : nil
    }
}
