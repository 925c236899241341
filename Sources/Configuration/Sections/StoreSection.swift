extension Configuration {
    /// The journal of events in an embedded database.
    package struct Store: Sendable, Equatable {
        package var enabled = true
        /// Empty means `gateway.db` in the state directory.
        package var file = ""
        /// Whether heart rates and the like are kept too, not only what happens once.
        package var telemetry = true
        package var retentionDays = 30
        package var maximumMegabytes = 512

        package init() {}
    }
}
