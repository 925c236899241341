import Clocks
import Testing

@testable import Store

@Suite("Group commit") struct GroupCommitTests {
    var grouping = GroupCommit(GroupCommit.Options())

    @Test("nothing is due without entries")
    func idle() {
        #expect(grouping.due(waiting: 0) == nil)
    }

    @Test("telemetry is due 100 ms after the first entry, not the last")
    mutating func firstEntryCounts() {
        for step in 0..<10 { grouping.added(.telemetry, now: .seconds(1 + 0.01 * Double(step))) }
        #expect(grouping.due(waiting: 10) == .seconds(1.1))
    }

    @Test("63 entries wait, 64 are due at once")
    mutating func enough() {
        grouping.added(.telemetry, now: .seconds(1))
        #expect(grouping.due(waiting: 63) == .seconds(1.1))
        #expect(grouping.due(waiting: 64) == .seconds(1))
    }

    @Test("an urgent entry makes everything due at once")
    mutating func urgent() {
        grouping.added(.telemetry, now: .seconds(1))
        grouping.added(.urgent, now: .seconds(1.05))
        #expect(grouping.due(waiting: 2).map { $0 <= .seconds(1.05) } == true)
        grouping.dequeued(remaining: 0)
        grouping.added(.telemetry, now: .seconds(2))
        #expect(grouping.due(waiting: 1) == .seconds(2.1), "urgency does not outlive its commit")
    }

    @Test("what did not fit into a commit is due at once")
    mutating func remainder() {
        for _ in 0..<2_000 { grouping.added(.telemetry, now: .seconds(1)) }
        grouping.dequeued(remaining: 976)
        #expect(grouping.due(waiting: 976).map { $0 <= .seconds(1) } == true)
        grouping.dequeued(remaining: 0)
        #expect(grouping.due(waiting: 0) == nil)
    }

    @Test("the entries of a failed commit are due at once")
    mutating func putBack() {
        grouping.added(.telemetry, now: .seconds(1))
        grouping.dequeued(remaining: 0)
        grouping.requeued(now: .seconds(3))
        #expect(grouping.due(waiting: 1) == .seconds(3))
    }
}

@Suite("Maintenance schedule") struct MaintenanceScheduleTests {
    var schedule = MaintenanceSchedule(MaintenanceSchedule.Options())

    @Test("is due as soon as the store is open, and not before")
    mutating func opening() {
        #expect(schedule.due == nil)
        schedule.opened(now: .seconds(1))
        #expect(schedule.due == .seconds(1))
        schedule.stop()
        #expect(schedule.due == nil)
    }

    @Test("is due once an hour while idle")
    mutating func quiet() {
        schedule.opened(now: .seconds(1))
        schedule.completeStep(checkpointed: false, hasMore: false, now: .seconds(1))
        #expect(schedule.due == .seconds(3_601))
    }

    @Test("checkpoints once the store has become idle")
    mutating func checkpoint() {
        schedule.opened(now: .seconds(0))
        schedule.completeStep(checkpointed: false, hasMore: false, now: .seconds(0))
        schedule.committed(now: .seconds(10))
        schedule.committed(now: .seconds(12))
        #expect(schedule.due == .seconds(17))
        #expect(!schedule.includesCheckpoint(now: .seconds(16.9)))
        #expect(schedule.includesCheckpoint(now: .seconds(17)))
        schedule.completeStep(checkpointed: true, hasMore: false, now: .seconds(17))
        #expect(schedule.due == .seconds(3_617))
    }

    @Test("is due every 30 seconds while entries come in, however many")
    mutating func busy() {
        schedule.opened(now: .seconds(0))
        schedule.completeStep(checkpointed: false, hasMore: false, now: .seconds(0))
        for tenth in 1..<300 { schedule.committed(now: .seconds(Double(tenth) / 10)) }
        #expect(schedule.due == .seconds(30.1))
        #expect(!schedule.includesCheckpoint(now: .seconds(30.1)))
        schedule.completeStep(checkpointed: false, hasMore: true, now: .seconds(30.1))
        #expect(schedule.due == .seconds(30.2), "and step after step while there is more")
    }
}
