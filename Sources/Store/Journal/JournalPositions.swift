import Clocks

/// What the journal keeps besides the entries: up to where each follower has got them, and how far numbers have gone.
/// Both are written with the entries of a commit, or for themselves if none comes along.
struct JournalPositions: Sendable {
    private(set) var cursors: [String: Int64] = [:]
    /// When they are to be written; nil if there is nothing new.
    private(set) var due: MonotonicTime?
    /// How far numbers have gone as the disk knows it.
    private(set) var highWaterMark: Int64 = 0
    private var changed: [String: Int64] = [:]
    private let maximumFollowers: Int

    /// As far as numbers may run away from the mark: well below what is skipped after a crash.
    private static let maximumMarkLag = OpenedJournal.numbersSkippedAfterCrash / 4
    /// Cursors need no hurry: what is sent twice after a crash is recognised by its number.
    private static let delay = Nanoseconds.seconds(1)

    init(maximumFollowers: Int) {
        self.maximumFollowers = maximumFollowers
    }

    var isEmpty: Bool { changed.isEmpty }

    /// False when there are too many followers. Going back is not possible.
    mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        guard cursors[follower] != nil || cursors.count < maximumFollowers else { return false }
        guard sequence > cursors[follower] ?? -1 else { return true }
        cursors[follower] = sequence
        changed[follower] = sequence
        due = due ?? now + Self.delay
        return true
    }

    /// Numbers have gone as far as this without an entry. True if that has become worth a note.
    mutating func skip(_ sequence: Int64, now: MonotonicTime) -> Bool {
        guard sequence - highWaterMark > Self.maximumMarkLag, due == nil else { return false }
        due = now
        return true
    }

    /// What a file says that has been opened. A new file is told what it cannot know.
    mutating func merge(_ opening: OpenedJournal, now: MonotonicTime) {
        highWaterMark = opening.lastSequence
        for (follower, sequence) in opening.cursors where sequence > cursors[follower] ?? -1 {
            cursors[follower] = sequence
        }
        guard cursors != opening.cursors else { return }
        changed = cursors
        due = now
    }

    /// What goes into the next commit.
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

    /// The commit failed. What was acknowledged in the meantime is newer.
    mutating func requeue(_ cursors: [String: Int64], now: MonotonicTime) {
        changed.merge(cursors) { newer, _ in newer }
        if !changed.isEmpty { due = now }
    }
}
