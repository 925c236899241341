import Clocks

/// Positions in the journal: how far each follower has received it, and the highest sequence number ever assigned.
/// Both are written with a commit of entries, or by themselves if none is due.
struct JournalPositions: Sendable {
    /// The last sequence number that each follower has acknowledged.
    private(set) var cursors: [String: Int64] = [:]
    /// When changes are to be written; nil if there are none.
    private(set) var due: MonotonicTime?
    /// The highest sequence number as stored on the disk.
    private(set) var highWaterMark: Int64 = 0
    private var changed: [String: Int64] = [:]
    private let maximumFollowers: Int

    /// How far sequence numbers may get ahead of the mark on the disk: well below what is skipped after a crash.
    private static let maximumMarkLag = OpenedStore.sequencesSkippedAfterCrash / 4
    /// Cursors may be late: what is sent twice after a crash is recognised by its sequence number.
    private static let delay = Nanoseconds.seconds(1)

    init(maximumFollowers: Int) {
        self.maximumFollowers = maximumFollowers
    }

    var isEmpty: Bool { changed.isEmpty }

    /// False when there are too many followers. Cursors never go back.
    mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        guard cursors[follower] != nil || cursors.count < maximumFollowers else { return false }
        guard sequence > cursors[follower] ?? -1 else { return true }
        cursors[follower] = sequence
        changed[follower] = sequence
        due = due ?? now + Self.delay
        return true
    }

    /// A sequence number was assigned without an entry. True if the mark on the disk has to be updated.
    mutating func skip(_ sequence: Int64, now: MonotonicTime) -> Bool {
        guard sequence - highWaterMark > Self.maximumMarkLag, due == nil else { return false }
        due = now
        return true
    }

    /// Takes over the positions of an opened file, and schedules writing those that the file does not know.
    mutating func merge(_ opening: OpenedStore, now: MonotonicTime) {
        highWaterMark = opening.lastSequence
        for (follower, sequence) in opening.cursors where sequence > cursors[follower] ?? -1 {
            cursors[follower] = sequence
        }
        guard cursors != opening.cursors else { return }
        changed = cursors
        due = now
    }

    /// What belongs into the next commit.
    mutating func dequeue(lastSequence: Int64, now: MonotonicTime) -> (cursors: [String: Int64], mark: Int64?) {
        let isDue = due.map { $0 <= now } ?? false
        defer {
            changed.removeAll(keepingCapacity: true)
            due = nil
        }
        return (changed, isDue && lastSequence > highWaterMark ? lastSequence : nil)
    }

    mutating func recordCommit(through sequence: Int64) {
        highWaterMark = max(highWaterMark, sequence)
    }

    /// The commit has failed. Later acknowledgements take precedence.
    mutating func requeue(_ cursors: [String: Int64], now: MonotonicTime) {
        changed.merge(cursors) { newer, _ in newer }
        if !changed.isEmpty { due = now }
    }
}
