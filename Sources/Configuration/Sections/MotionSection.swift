extension Configuration {
    package struct Motion: Sendable, Equatable {
        package var recordSwings = false

        package init() {}
    }
}

extension Schema {
    static let motion = Part(
        Section("motion", "Phones in motion."),
        [
            Setting(
                "motion.record_swings", \.motion.recordSwings, .flag, .live,
                "Whether a recording is stored for each swing that a phone measures, from 2 s before it.")
        ])
}
