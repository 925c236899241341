import Clocks

/// Decides when the journal is tidied up: now and then while entries come in, step after step while there is more to
/// do, and once, with a checkpoint, when it has become quiet. In a quiet house it sleeps for an hour.
package struct MaintenanceSchedule: Sendable {
    package struct Rule: Equatable, Sendable {
        /// While entries come in.
        package var interval = Nanoseconds.seconds(30)
        /// From one step to the next, when there is more to do.
        package var pace = Nanoseconds.milliseconds(100)
        /// So long after the last commit it is quiet.
        package var quietAfter = Nanoseconds.seconds(5)
        /// While nothing happens; entries grow old all the same.
        package var longInterval = Nanoseconds.seconds(3_600)

        package init() {}
    }

    private let rule: Rule
    private var sliceDue: MonotonicTime?
    private var checkpointDue: MonotonicTime?

    package init(_ rule: Rule) {
        self.rule = rule
    }

    /// When the next step is due; nil before the journal is open.
    package var due: MonotonicTime? {
        guard let sliceDue, let checkpointDue else { return sliceDue ?? checkpointDue }
        return min(sliceDue, checkpointDue)
    }

    /// Is the step that is due now the one with the checkpoint?
    package func includesCheckpoint(now: MonotonicTime) -> Bool {
        checkpointDue.map { $0 <= now } ?? false
    }

    package mutating func opened(now: MonotonicTime) {
        sliceDue = now
        checkpointDue = nil
    }

    /// The rules have changed: see at once what they mean for what is there.
    package mutating func limitsChanged(now: MonotonicTime) {
        if sliceDue != nil { sliceDue = now }
    }

    package mutating func committed(now: MonotonicTime) {
        sliceDue = min(sliceDue ?? now + rule.interval, now + rule.interval)
        checkpointDue = now + rule.quietAfter
    }

    package mutating func stepped(checkpointed: Bool, more: Bool, now: MonotonicTime) {
        if checkpointed { checkpointDue = nil }
        sliceDue = now + (more ? rule.pace : checkpointDue == nil ? rule.longInterval : rule.interval)
    }

    /// The journal is lost for now; there is nothing to tidy up.
    package mutating func stop() {
        sliceDue = nil
        checkpointDue = nil
    }
}
