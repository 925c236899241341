import Clocks
import Events

/// A shooter's run through a stage: one string of fire, with its hits.
package struct Run: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case running
        /// The timer was lost; `isTold` once that has lasted long enough to be told.
        case disconnected(since: MonotonicTime, isTold: Bool)
        /// It has stopped; hits and lost shots may still come in.
        case settling(until: MonotonicTime)
        case ended(RunEvent.EndReason)
    }

    /// A shot by the timer.
    package struct TimedShot: Hashable, Sendable {
        package let time: Nanoseconds
        package let isRepaired: Bool

        package init(time: Nanoseconds, isRepaired: Bool) {
            self.time = time
            self.isRepaired = isRepaired
        }
    }

    package let id: RunID
    package let timer: DeviceID
    /// The timer's own count of strings.
    package internal(set) var string: Int?
    /// When it was first heard of.
    package let began: Moment
    package internal(set) var names: RunNames
    package internal(set) var state = State.running
    package internal(set) var clock = StringClock()
    /// By number, counted from 1.
    package internal(set) var shots: [Int: TimedShot] = [:]
    /// How many shots the timer counts.
    package internal(set) var timerShotCount = 0
    package internal(set) var impacts: [RunImpact] = []
    package internal(set) var pairing = Pairing()
    /// What was last told of each impact.
    package internal(set) var reported: [UInt64: RunHit.Match] = [:]
    /// Impacts that may turn out to be echoes of another that has not come in yet, and until when.
    package internal(set) var unconfirmed: [UInt64: MonotonicTime] = [:]
    package internal(set) var lastActivity: MonotonicTime
    /// Its beginning, or some of its shots, were heard of afterwards only.
    package internal(set) var isRepaired = false

    package init(id: RunID, timer: DeviceID, string: Int?, began: Moment, names: RunNames) {
        self.id = id
        self.timer = timer
        self.string = string
        self.began = began
        self.names = names
        lastActivity = began.monotonic
    }

    package var isOpen: Bool {
        if case .ended = state { false } else { true }
    }

    package var shotNumbers: [Int] { shots.keys.sorted() }

    package var isComplete: Bool { shots.count >= timerShotCount }
}
