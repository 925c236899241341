extension Configuration {
    /// Timers, impacts and runs.
    package struct Range: Sendable, Equatable {
        /// Where an earlier version stored runs. Empty: `range.db` in the state directory.
        package var file = ""
        package var maximumRuns = 10_000
        /// Whether clients receive motions that were rejected as impacts.
        package var refusedImpacts = false

        package init() {}
    }
}

extension Schema {
    static let range = Part(
        Section("range", "Timers, impacts and runs."),
        [
            Setting(
                "range.file", \.range.file, .path, .restart,
                """
                The file in which an earlier version stored runs, targets and properties of sensors; when empty, range.db in \
                the state directory. It is imported into store.file once, and renamed.
                """),
            Setting(
                "range.maximum_runs", \.range.maximumRuns, .wholeNumber(of: "runs", in: 1...1_000_000), .restart,
                "When there are more runs, the oldest are deleted."),
            Setting(
                "range.refused_impacts", \.range.refusedImpacts, .flag, .live,
                """
                Whether clients also receive motions that were rejected as impacts, with the reason: impact_refused. They are \
                counted in any case.
                """),
        ])
}
