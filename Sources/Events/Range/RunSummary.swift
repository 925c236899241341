import Clocks

/// A run in numbers.
package struct RunSummary: Hashable, Sendable {
    package let shots: Int
    /// Of the last shot since the beep; zero when there is none.
    package let time: Nanoseconds
    package let firstShot: Nanoseconds?
    /// The shortest time between two shots.
    package let bestSplit: Nanoseconds?
    /// Shots that hit something.
    package let hits: Int
    /// Impacts that belong to no shot.
    package let strayHits: Int
    /// Hits by target, in the order in which they were first hit; sensors without a target go by their own name.
    package let targets: [TargetHits]
    package let parTimes: [ParTime]
    /// Something was lost on the way and found afterwards.
    package let isRepaired: Bool

    package struct TargetHits: Hashable, Sendable {
        package let target: String
        package let hits: Int

        package init(target: String, hits: Int) {
            self.target = target
            self.hits = hits
        }
    }

    /// How many shots were fired by then.
    package struct ParTime: Hashable, Sendable {
        package let time: Nanoseconds
        package let shots: Int

        package init(time: Nanoseconds, shots: Int) {
            self.time = time
            self.shots = shots
        }
    }

    package init(
        shots: Int, time: Nanoseconds, firstShot: Nanoseconds? = nil, bestSplit: Nanoseconds? = nil, hits: Int = 0,
        strayHits: Int = 0, targets: [TargetHits] = [], parTimes: [ParTime] = [], isRepaired: Bool = false
    ) {
        self.shots = shots
        self.time = time
        self.firstShot = firstShot
        self.bestSplit = bestSplit
        self.hits = hits
        self.strayHits = strayHits
        self.targets = targets
        self.parTimes = parTimes
        self.isRepaired = isRepaired
    }
}
