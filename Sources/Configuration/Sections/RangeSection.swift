extension Configuration {
    /// Strings of fire, impacts, and the runs that are made of them.
    package struct Range: Sendable, Equatable {
        /// Empty means `range.db` in the state directory.
        package var file = ""
        package var maximumRuns = 10_000
        /// Whether clients are told of motions that were no impacts.
        package var refusedImpacts = false

        package init() {}
    }
}
