import Clocks

/// What the journal keeps besides the entries: up to where each follower has got them, and how far numbers have gone.
/// Both are written with the entries of a commit, or for themselves if none comes along.
struct JournalNotes: Sendable {
    private(set) var cursors: [String: Int64] = [:]
    /// When they are to be written; nil if there is nothing new.
    private(set) var due: MonotonicTime?
    /// How far numbers have gone as the disk knows it.
    private(set) var mark: Int64 = 0
    private var changed: [String: Int64] = [:]
    private let mostFollowers: Int

    /// As far as numbers may run away from the mark: well below what is skipped after a crash.
    private static let mostUnmarked = JournalOpening.numbersSkippedAfterCrash / 4
    /// Cursors need no hurry: what is sent twice after a crash is recognised by its number.
    private static let delay = Nanoseconds.seconds(1)

    init(mostFollowers: Int) {
        self.mostFollowers = mostFollowers
    }

    var isEmpty: Bool { changed.isEmpty }

    /// False when there are too many followers. Going back is not possible.
    mutating func acknowledge(_ follower: String, through sequence: Int64, now: MonotonicTime) -> Bool {
        guard cursors[follower] != nil || cursors.count < mostFollowers else { return false }
        guard sequence > cursors[follower] ?? -1 else { return true }
        cursors[follower] = sequence
        changed[follower] = sequence
        due = due ?? now + Self.delay
        return true
    }

    /// Numbers have gone as far as this without an entry. True if that has become worth a note.
    mutating func passedOver(_ sequence: Int64, now: MonotonicTime) -> Bool {
        guard sequence - mark > Self.mostUnmarked, due == nil else { return false }
        due = now
        return true
    }

    /// What a file says that has been opened. A new file is told what it cannot know.
    mutating func found(_ opening: JournalOpening, now: MonotonicTime) {
        mark = opening.lastSequence
        for (follower, sequence) in opening.cursors where sequence > cursors[follower] ?? -1 {
            cursors[follower] = sequence
        }
        guard cursors != opening.cursors else { return }
        changed = cursors
        due = now
    }

    /// What goes into the next commit.
    mutating func take(lastSequence: Int64, now: MonotonicTime) -> (cursors: [String: Int64], mark: Int64?) {
        let isDue = due.map { $0 <= now } ?? false
        defer {
            changed.removeAll(keepingCapacity: true)
            due = nil
        }
        return (changed, isDue && lastSequence > mark ? lastSequence : nil)
    }

    mutating func written(through sequence: Int64) {
        mark = max(mark, sequence)
    }

    /// The commit failed. What was acknowledged in the meantime is newer.
    mutating func putBack(_ cursors: [String: Int64], now: MonotonicTime) {
        changed.merge(cursors) { newer, _ in newer }
        if !changed.isEmpty { due = now }
    }
}
