import Clocks

/// One thing that the writer's thread is asked to do. There is never more than one under way.
package enum JournalJob: Equatable, Sendable {
    case open(JournalIdentity, moveAside: StoreError?)
    case commit(JournalBatch)
    case maintain(RetentionPolicy, checkpoint: Bool)
    case close(JournalIdentity)
}

/// What goes into one transaction.
package struct JournalBatch: Equatable, Sendable {
    package var entries: [PendingEntry]
    /// Up to where followers have got the entries.
    package var cursors: [String: Int64]
    /// How far numbers have gone, if that is far above the entries that were kept.
    package var mark: Int64?
}

/// How a job ended. After a failure the writer has let go of the file.
package enum JournalOutcome: Equatable, Sendable {
    case opened(OpenedJournal, [StoreEvent])
    case committed(CommitReceipt)
    case maintained(MaintenanceReport)
    case closed
    case failed(StoreError, [StoreEvent])
}

/// These entries have reached the disk: no power cut takes them away.
package struct CommitReceipt: Equatable, Sendable {
    /// How many were written.
    package var entries: Int
    /// How many had a number that was taken.
    package var alreadyStored: Int
    /// The highest sequence number among them; nil when only cursors were written.
    package var through: Int64?
    /// How long the writer's thread was busy with it.
    package var duration: Nanoseconds

    package init(entries: Int, alreadyStored: Int, through: Int64?, duration: Nanoseconds) {
        self.entries = entries
        self.alreadyStored = alreadyStored
        self.through = through
        self.duration = duration
    }
}

/// What one step of tidying up did.
package struct MaintenanceReport: Equatable, Sendable {
    package var deleted = 0
    /// How many of those somebody had not got yet.
    package var deletedUnacknowledged = 0
    package var freedPages = 0
    package var checkpointed = false
    /// Is there more to do?
    package var hasMore = false
    /// As the file was before this step.
    package var usage: JournalUsage

    package init(usage: JournalUsage) {
        self.usage = usage
    }
}
