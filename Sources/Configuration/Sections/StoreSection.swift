extension Configuration {
    package struct Store: Sendable, Equatable {
        package var enabled = true
        /// Empty: `gateway.db` in the state directory.
        package var file = ""
        /// Whether telemetry such as heart rates is stored too.
        package var telemetry = true
        package var retentionDays = 30
        package var maximumMegabytes = 512

        package init() {}
    }
}

extension Schema {
    static let store = Part(
        Section("store", "The database: events, runs, targets and properties of sensors."),
        [
            Setting("store.enabled", \.store.enabled, .flag, .restart, "Whether events and runs are stored."),
            Setting(
                "store.file", \.store.file, .path, .restart,
                "The database file; when empty, gateway.db in the state directory."),
            Setting(
                "store.telemetry", \.store.telemetry, .flag, .live,
                "Whether telemetry such as heart rates is stored too, not only discrete events such as shots."),
            Setting(
                "store.retention_days", \.store.retentionDays, .wholeNumber(of: "days", in: 1...36_500), .live,
                "Older events are deleted."),
            Setting(
                "store.maximum_megabytes", \.store.maximumMegabytes, .wholeNumber(of: "megabytes", in: 1...1_048_576),
                .live, "When the database exceeds this size, the oldest events are deleted."),
        ])
}
