import Clocks

/// What the rate that a board tells with a single beat means.
package struct HeartBoardBeat: Hashable, Sendable {
    package let beatsPerMinute: Int

    package init(beatsPerMinute: Int) {
        self.beatsPerMinute = beatsPerMinute
    }

    /// Whether the board lets it count for the mean rate. Others come of a finger that moves.
    package var isPlausible: Bool { beatsPerMinute > 40 && beatsPerMinute < 200 }

    /// From the beat before. The board cuts the rate down to a whole number, and so this is up to one part in forty too
    /// long. Nil when the beat does not count.
    package var interval: Nanoseconds? {
        isPlausible ? Nanoseconds(60_000_000_000 / Int64(beatsPerMinute)) : nil
    }
}
