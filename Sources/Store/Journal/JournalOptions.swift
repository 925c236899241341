import Clocks

/// Where the journal is and what it may take.
package struct JournalOptions: Sendable {
    package var path: String
    /// What this gateway is called among all; nil: as the file says, and if there is none yet, something random.
    package var gatewayID: String?
    package var batching = GroupCommit.Options()
    package var queue = JournalQueue.Limits()
    package var retention = RetentionPolicy()
    package var maintenance = MaintenanceSchedule.Options()
    /// How attempts to reopen a journal that failed are spaced.
    package var initialRetryDelay = Nanoseconds.milliseconds(250)
    package var maximumRetryDelay = Nanoseconds.seconds(30)
    /// How long a commit waits for another program that has the file locked.
    package var lockTimeout = Nanoseconds.seconds(2)
    /// A longer body is refused.
    package var maximumBodyBytes = 1 << 20
    /// How many names may follow the journal.
    package var maximumFollowers = 16
    /// How many damaged files are kept.
    package var maximumDamagedFiles = 3

    package init(path: String) {
        self.path = path
    }
}
