import Clocks
import Events

/// Makes few changes out of the many words in which a board says how a finger lies: ninety a second, and near the border
/// between two of them now the one and now the other.
package struct HeartContactDebouncer: Sendable {
    /// A new word has to hold for this long. Each pulse makes the light swing, so a finger near the border crosses it with
    /// every beat and comes back before the next.
    static let holdTime = Nanoseconds.seconds(2)
    /// A finger that is gone swings no more, and whoever waits for its rate wants to know soon.
    static let holdTimeWithoutFinger = Nanoseconds.milliseconds(500)

    /// As it was told last; nil before anything was.
    package private(set) var contact: HeartContact?
    private var candidate: (contact: HeartContact, since: MonotonicTime)?

    package init() {}

    /// Takes a word. True when it has become what there is to tell.
    package mutating func update(_ word: HeartContact, at time: MonotonicTime) -> Bool {
        guard word != contact else {
            candidate = nil
            return false
        }
        guard let candidate, candidate.contact == word else {
            self.candidate = (word, time)
            return false
        }
        guard time - candidate.since >= (word == .none ? Self.holdTimeWithoutFinger : Self.holdTime) else {
            return false
        }
        contact = word
        self.candidate = nil
        return true
    }
}
