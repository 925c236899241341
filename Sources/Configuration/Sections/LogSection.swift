extension Configuration {
    package struct Log: Sendable, Equatable {
        package enum Level: String, CaseIterable, Sendable {
            case debug, info, warning, error
        }

        package enum Format: String, CaseIterable, Sendable {
            /// The systemd journal under a service manager, text otherwise.
            case auto
            case text, journal
        }

        package var level = Level.info
        package var format = Format.auto

        package init() {}
    }
}

extension Schema {
    static let log = Part(
        Section("log", "Log messages."),
        [
            Setting("log.level", \.log.level, .choice, .live, "The least severe messages to write."),
            Setting(
                "log.format", \.log.format, .choice, .restart,
                """
                The destination: text on standard error, or structured records in the systemd journal; auto chooses the \
                journal when systemd started the gateway.
                """),
        ])
}
