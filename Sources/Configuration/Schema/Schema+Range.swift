extension Schema {
    static let range = [
        Setting(
            "range.file", \.range.file, .path, .restart,
            """
            The file of runs, targets and what was learnt of sensors; when empty, range.db in the state directory. With \
            store.enabled: false nothing of it outlives the gateway.
            """),
        Setting(
            "range.maximum_runs", \.range.maximumRuns, .wholeNumber(of: "runs", in: 1...1_000_000), .restart,
            "When there are more runs than this, the oldest are deleted."),
        Setting(
            "range.refused_impacts", \.range.refusedImpacts, .flag, .live,
            """
            Whether clients are told as well of what a sensor felt and what was no impact, and why: impact_refused. It is \
            counted in any case.
            """),
    ]
}
