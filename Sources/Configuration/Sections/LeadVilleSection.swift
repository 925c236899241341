extension Configuration {
    /// The ports of the backend of LeadVille's pages.
    package struct LeadVille: Sendable, Equatable {
        package var host = ""
        /// 0 leaves the port closed.
        package var port = 8001
        /// 0 leaves the port closed.
        package var timerPort = 8002

        package init() {}

        package var listener: Listener {
            listener(
                "leadville", "LeadVille's pages", "the API of LeadVille's pages", key: "leadville.port", port: port)
        }

        package var timerListener: Listener {
            listener(
                "leadville_timer", "LeadVille's timer dashboard", "the same", key: "leadville.timer_port",
                port: timerPort)
        }

        private func listener(
            _ name: String, _ purpose: String, _ content: String, key: String, port: Int
        ) -> Listener {
            Listener(
                name: name, purpose: purpose,
                summary: "HTTP, WebSocket: \(content) (`\(key): 0` closes it)", transport: .tcp,
                hostKey: "leadville.host", portKey: key, host: host, port: port, isEnabled: port != 0)
        }
    }
}

extension Schema {
    static let leadVille = Part(
        Section(
            "leadville", "The interface of LeadVille's own backend, for its pages. Both ports serve all of its paths."),
        [
            Setting(
                "leadville.host", \.leadVille.host, .host, .restart,
                "The address to listen on; all addresses when empty."),
            Setting(
                "leadville.port", \.leadVille.port, .wholeNumber(in: 0...65535), .restart,
                "The TCP port that most of the pages use; 0 disables it."),
            Setting(
                "leadville.timer_port", \.leadVille.timerPort, .wholeNumber(in: 0...65535), .restart,
                "The TCP port that the timer dashboard uses; 0 disables it."),
        ])
}
