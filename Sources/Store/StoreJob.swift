import Clocks

/// One thing for the writer's thread to do. At most one is under way.
package enum StoreJob: Equatable, Sendable {
    case open(StoreIdentity, moveAside: StoreError?)
    case commit(StoreBatch)
    case maintain(RetentionPolicy, checkpoint: Bool)
    case close(StoreIdentity)
}

/// What goes into one transaction.
package struct StoreBatch: Equatable, Sendable {
    package var entries: [PendingEntry] = []
    package var writes: [StoreWrite] = []
    /// The followers' positions that have changed.
    package var cursors: [String: Int64] = [:]
    /// The highest sequence number assigned, if it is far above the entries.
    package var mark: Int64?

    package init() {}

    package var count: Int { entries.count + writes.count }
}

/// How a job ended. After a failure the writer has closed the file.
package enum StoreOutcome: Equatable, Sendable {
    case opened(OpenedStore, [StoreEvent])
    case committed(CommitReceipt)
    case maintained(MaintenanceReport)
    case closed
    case failed(StoreError, [StoreEvent])
}

/// The state of the database when it was opened.
package struct OpenedStore: Equatable, Sendable {
    package var path: String
    /// Identifies this gateway among all; with an entry's sequence number it identifies that entry among all.
    package var gatewayID: String
    /// No number above this one has ever been assigned. After a crash that leaves a gap, because clients may have
    /// seen entries that had not reached the disk.
    package var lastSequence: Int64
    /// The highest sequence number of a stored entry; 0 if there is none.
    package var lastStored: Int64
    /// Its time; nil if there is none.
    package var lastTime: WallTime?
    package var wasCreated: Bool
    /// False after a crash or a power cut, and when it is reopened after a failure.
    package var wasClosedCleanly: Bool
    /// How far each follower has received the entries.
    package var cursors: [String: Int64]
    package var state = StoredState()

    package init(
        path: String, gatewayID: String, lastSequence: Int64, lastStored: Int64, wasCreated: Bool,
        wasClosedCleanly: Bool, cursors: [String: Int64] = [:]
    ) {
        self.path = path
        self.gatewayID = gatewayID
        self.lastSequence = lastSequence
        self.lastStored = lastStored
        self.wasCreated = wasCreated
        self.wasClosedCleanly = wasClosedCleanly
        self.cursors = cursors
    }

    /// A higher number in a file is a sign of damage: no gateway gets this far in ten thousand years.
    package static let highestPlausibleSequence: Int64 = 1 << 52

    /// The same for the numbers of runs, also where they continue from the seconds since 1970.
    package static let highestPlausibleRun: Int64 = 1 << 40

    /// How many numbers are skipped after a crash: an hour's worth at a rate that no range reaches.
    package static let sequencesSkippedAfterCrash: Int64 = 1_000_000
}

/// The collections that a gateway loads at its start.
package struct StoredState: Equatable, Sendable {
    package var documents: [StoredDocument] = []
    /// The inputs of the run in progress, in order.
    package var inputs: [[UInt8]] = []
    package var lastInput: Int64 = 0
    /// The highest number that a run ever had.
    package var lastRun: Int64 = 0

    package init() {}
}

/// What a new database inherits from the one that it replaces.
package struct StoreIdentity: Equatable, Sendable {
    package var gatewayID: String?
    package var lastSequence: Int64

    package init(gatewayID: String? = nil, lastSequence: Int64 = 0) {
        self.gatewayID = gatewayID
        self.lastSequence = lastSequence
    }
}

/// These changes have reached the disk: no power cut can lose them.
package struct CommitReceipt: Equatable, Sendable {
    /// How many entries were written.
    package var entries: Int
    /// How many entries had a sequence number that exists already.
    package var alreadyStored: Int
    /// The highest sequence number among them; nil when there were no entries.
    package var through: Int64?
    /// How long the writer's thread was busy.
    package var duration: Nanoseconds

    package init(entries: Int, alreadyStored: Int, through: Int64?, duration: Nanoseconds) {
        self.entries = entries
        self.alreadyStored = alreadyStored
        self.through = through
        self.duration = duration
    }
}

/// What one step of maintenance did.
package struct MaintenanceReport: Equatable, Sendable {
    package var deleted = 0
    /// How many of those a follower had not acknowledged.
    package var deletedUnacknowledged = 0
    package var freedPages = 0
    package var checkpointed = false
    package var hasMore = false
    /// False while the clock is not synchronised, or has not run without a jump for long enough.
    package var expiresByAge = false
    /// Before this step.
    package var usage: StoreUsage

    package init(usage: StoreUsage) {
        self.usage = usage
    }
}

package struct StoreOptions: Sendable {
    /// nil: in memory only.
    package var path: String?
    /// nil: as stored in the file; for a new file, a random one.
    package var gatewayID: String?
    package var batching = GroupCommit.Options()
    package var queue = JournalQueue.Limits()
    package var writeQueue = StoreWriteQueue.Limits()
    package var retention = RetentionPolicy()
    package var maintenance = MaintenanceSchedule.Options()
    package var reads = StoreReadLimits()
    package var quota = TelemetryQuota.Limits()
    package var clock: @Sendable () -> ClockTrust.Reading = ClockTrust.Reading.now
    /// The delays between attempts to reopen a store that has failed.
    package var initialRetryDelay = Nanoseconds.milliseconds(250)
    package var maximumRetryDelay = Nanoseconds.seconds(30)
    /// How long a commit waits for another program that has locked the file.
    package var lockTimeout = Nanoseconds.seconds(2)
    /// Entries with a longer body are rejected,
    package var maximumBodyBytes = 1 << 20
    /// and so are other changes that weigh more than this: a little more than the largest document of a workout.
    package var maximumWriteBytes = 9 << 20
    package var maximumFollowers = 16
    package var maximumDamagedFiles = 3
    package var legacy = LegacyFiles()

    package init(path: String?) {
        self.path = path
    }
}
