import Clocks

/// Decides when maintenance runs: at an interval while changes come in, step after step while there is more to do, and
/// once, with a checkpoint, when the store has become idle. An idle store is maintained once an hour.
package struct MaintenanceSchedule: Sendable {
    package struct Options: Equatable, Sendable {
        /// While changes come in.
        package var interval = Nanoseconds.seconds(30)
        /// Between steps, while there is more to do.
        package var stepInterval = Nanoseconds.milliseconds(100)
        /// How long after the last commit the store counts as idle.
        package var idleDelay = Nanoseconds.seconds(5)
        /// While idle: entries expire all the same.
        package var idleInterval = Nanoseconds.seconds(3_600)

        package init() {}
    }

    private let options: Options
    private var stepDue: MonotonicTime?
    private var checkpointDue: MonotonicTime?

    package init(_ options: Options) {
        self.options = options
    }

    /// When the next step is due; nil while the store is not open.
    package var due: MonotonicTime? {
        guard let stepDue, let checkpointDue else { return stepDue ?? checkpointDue }
        return min(stepDue, checkpointDue)
    }

    /// Whether the step that is due now includes a checkpoint.
    package func includesCheckpoint(now: MonotonicTime) -> Bool {
        checkpointDue.map { $0 <= now } ?? false
    }

    package mutating func opened(now: MonotonicTime) {
        stepDue = now
        checkpointDue = nil
    }

    /// The retention policy has changed: it is applied at once.
    package mutating func limitsChanged(now: MonotonicTime) {
        if stepDue != nil { stepDue = now }
    }

    package mutating func committed(now: MonotonicTime) {
        stepDue = min(stepDue ?? now + options.interval, now + options.interval)
        checkpointDue = now + options.idleDelay
    }

    package mutating func completeStep(checkpointed: Bool, hasMore: Bool, now: MonotonicTime) {
        if checkpointed { checkpointDue = nil }
        let delay =
            hasMore ? options.stepInterval : checkpointDue == nil ? options.idleInterval : options.interval
        stepDue = now + delay
    }

    /// The store was closed, by a failure or in order.
    package mutating func stop() {
        stepDue = nil
        checkpointDue = nil
    }
}
