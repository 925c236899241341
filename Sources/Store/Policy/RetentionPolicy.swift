import Clocks

/// How much of the past is kept: in days and in megabytes, whichever is reached first.
///
/// What is over is deleted in small slices, so that no step keeps a commit waiting. Entries that somebody who follows
/// the journal has not got yet outlive the days, but never the megabytes: a disk that is full helps nobody.
package struct RetentionPolicy: Equatable, Sendable {
    /// nil: no limit of age.
    package var days: Int?
    /// Of the database file, in MiB. The write-ahead log beside it takes a few more.
    package var megabytes: Int
    /// A step deletes at most so many entries,
    package var sliceEntries = 1_000
    /// or gives at most so many pages back to the file system.
    package var slicePages = 256

    package init(days: Int? = 30, megabytes: Int = 512) {
        self.days = days
        self.megabytes = max(megabytes, Self.minimumMegabytes)
    }

    /// Less than this is not worth a journal.
    package static let minimumMegabytes = 4

    package enum Step: Equatable, Sendable {
        case nothing
        /// Delete the oldest entries as long as they are older than this and no newer in number than `through`.
        case deleteExpired(before: WallTime, through: Int64, atMost: Int)
        /// Delete the oldest entries, whoever still wants them.
        case deleteOldest(atMost: Int)
        /// Give free pages back to the file system.
        case shrink(pages: Int)
    }

    /// The next thing to do for the file as it is.
    package func step(for usage: JournalUsage, now: WallTime) -> Step {
        if usage.usedBytes > limitForUse, usage.oldest != nil {
            return .deleteOldest(atMost: sliceEntries)
        }
        if let days, let oldest = usage.oldest {
            let cutoff = now + Nanoseconds.seconds(-86_400 * Int64(days))
            let through = usage.acknowledged ?? .max
            if oldest.time < cutoff, oldest.sequence <= through {
                return .deleteExpired(before: cutoff, through: through, atMost: sliceEntries)
            }
        }
        // Free pages are used again by the next entries. Only what is more than that needs goes back.
        let spare = usage.freePages - slack / max(1, usage.pageSize)
        return spare > 0 ? .shrink(pages: min(spare, slicePages)) : .nothing
    }

    private var limit: Int { megabytes << 20 }
    private var slack: Int { min(4 << 20, limit / 8) }
    private var limitForUse: Int { limit - slack }

    /// The most pages that the file may ever have, for SQLite to enforce should deletion not keep up.
    package func maximumPages(ofSize pageSize: Int) -> Int {
        (limit + limit / 4) / max(1, pageSize)
    }
}
