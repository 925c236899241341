import Clocks

/// How much the journal holds, and from when.
package struct JournalUsage: Equatable, Sendable {
    package struct Position: Equatable, Sendable {
        package var sequence: Int64
        package var time: WallTime

        package init(sequence: Int64, time: WallTime) {
            self.sequence = sequence
            self.time = time
        }
    }

    package var pageSize: Int
    /// All pages of the file, free ones among them.
    package var pages: Int
    package var freePages: Int
    package var oldest: Position?
    package var newest: Position?
    /// What everybody who follows the journal has got; nil when nobody follows it.
    package var acknowledged: Int64?

    package init(
        pageSize: Int, pages: Int, freePages: Int, oldest: Position? = nil, newest: Position? = nil,
        acknowledged: Int64? = nil
    ) {
        self.pageSize = pageSize
        self.pages = pages
        self.freePages = freePages
        self.oldest = oldest
        self.newest = newest
        self.acknowledged = acknowledged
    }

    package var usedBytes: Int { (pages - freePages) * pageSize }
    package var fileBytes: Int { pages * pageSize }

    /// The span of time that the entries cover.
    package var span: Nanoseconds? {
        guard let oldest, let newest else { return nil }
        return newest.time - oldest.time
    }

    /// "How many hours will it hold?": the span that a full journal would cover at the pace of the entries so far. nil
    /// when there is too little to say.
    package func expectedSpan(in policy: RetentionPolicy) -> Nanoseconds? {
        guard let span, span.count > 0, usedBytes > 64 * pageSize else { return nil }
        let byRoom = span.inSeconds * Double(policy.megabytes << 20) / Double(usedBytes)
        let byAge = Double(policy.days ?? 36_525) * 86_400
        return Nanoseconds.seconds(Int64(min(byRoom, byAge)))
    }
}
