import Clocks

/// Decides when the journal is tidied up: now and then while entries come in, step after step while there is more to
/// do, and once, with a checkpoint, when it has become quiet. In a quiet house it sleeps for an hour.
package struct MaintenanceSchedule: Sendable {
    package struct Options: Equatable, Sendable {
        /// While entries come in.
        package var interval = Nanoseconds.seconds(30)
        /// From one step to the next, when there is more to do.
        package var stepInterval = Nanoseconds.milliseconds(100)
        /// So long after the last commit it is quiet.
        package var idleDelay = Nanoseconds.seconds(5)
        /// While nothing happens; entries grow old all the same.
        package var idleInterval = Nanoseconds.seconds(3_600)

        package init() {}
    }

    private let options: Options
    private var stepDue: MonotonicTime?
    private var checkpointDue: MonotonicTime?

    package init(_ rule: Options) {
        self.options = rule
    }

    /// When the next step is due; nil before the journal is open.
    package var due: MonotonicTime? {
        guard let stepDue, let checkpointDue else { return stepDue ?? checkpointDue }
        return min(stepDue, checkpointDue)
    }

    /// Is the step that is due now the one with the checkpoint?
    package func includesCheckpoint(now: MonotonicTime) -> Bool {
        checkpointDue.map { $0 <= now } ?? false
    }

    package mutating func opened(now: MonotonicTime) {
        stepDue = now
        checkpointDue = nil
    }

    /// The rules have changed: see at once what they mean for what is there.
    package mutating func limitsChanged(now: MonotonicTime) {
        if stepDue != nil { stepDue = now }
    }

    package mutating func committed(now: MonotonicTime) {
        stepDue = min(stepDue ?? now + options.interval, now + options.interval)
        checkpointDue = now + options.idleDelay
    }

    package mutating func completeStep(checkpointed: Bool, hasMore: Bool, now: MonotonicTime) {
        if checkpointed { checkpointDue = nil }
        stepDue =
            now + (hasMore ? options.stepInterval : checkpointDue == nil ? options.idleInterval : options.interval)
    }

    /// The journal is lost for now; there is nothing to tidy up.
    package mutating func stop() {
        stepDue = nil
        checkpointDue = nil
    }
}
