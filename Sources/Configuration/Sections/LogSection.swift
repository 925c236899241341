extension Configuration {
    /// What the gateway says about itself, and to whom.
    package struct Log: Sendable, Equatable {
        package enum Level: String, CaseIterable, Sendable {
            case debug, info, warning, error
        }

        package enum Format: String, CaseIterable, Sendable {
            /// The journal when a service manager reads along, text everywhere else.
            case auto
            case text, journal
        }

        package var level = Level.info
        package var format = Format.auto

        package init() {}
    }
}
