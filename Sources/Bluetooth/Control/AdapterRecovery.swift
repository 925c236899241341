import Clocks

/// What is tried, one after the other, when an adapter does not do what it should. Each step disturbs more than the one
/// before, and a step is taken no sooner than the one before has had time to help.
package struct AdapterRecovery: Sendable {
    /// The raw value is a stable name.
    package enum Step: String, CaseIterable, Sendable {
        case restartDiscovery = "restart_discovery"
        /// All links of the adapter end with this.
        case powerCycle = "power_cycle"
        /// The same past the management, for when that is what hangs.
        case reset
        /// Nothing has helped. Another adapter is used if there is one and any will do; else this one may rest.
        case giveUp = "give_up"
    }

    /// Between one step and the next.
    package static let stepInterval = Nanoseconds.seconds(10)
    /// After all steps, before they are tried again.
    package static let restInterval = Nanoseconds.seconds(60)
    /// A trouble so long after the last is a new one.
    package static let resetInterval = Nanoseconds.seconds(300)

    private var next = 0
    private var last: MonotonicTime?

    package init() {}

    package var isActive: Bool { next > 0 }

    /// Something went wrong: what to do about it, unless the last step still has time to help.
    package mutating func nextStep(at now: MonotonicTime) -> Step? {
        if let last {
            let wait = next == 0 ? Self.restInterval : Self.stepInterval
            guard now - last >= wait else { return nil }
            if now - last >= Self.resetInterval { next = 0 }
        }
        let step = Step.allCases[next]
        next = (next + 1) % Step.allCases.count
        last = now
        return step
    }

    /// The adapter works: true when it had not.
    package mutating func finish() -> Bool {
        defer { self = Self() }
        return last != nil
    }
}
