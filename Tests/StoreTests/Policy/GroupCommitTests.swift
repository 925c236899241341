import Clocks
import Testing

@testable import Store

@Suite("Group commit") struct GroupCommitTests {
    var grouping = GroupCommit(GroupCommit.Options())

    @Test("nothing waits: nothing is due")
    func idle() {
        #expect(grouping.due(waiting: 0) == nil)
    }

    @Test("telemetry is due 100 ms after the first entry, not the last")
    mutating func firstEntryCounts() {
        for step in 0..<10 { grouping.added(.telemetry, now: .seconds(1 + 0.01 * Double(step))) }
        #expect(grouping.due(waiting: 10) == .seconds(1.1))
    }

    @Test("63 entries wait, 64 do not")
    mutating func enough() {
        grouping.added(.telemetry, now: .seconds(1))
        #expect(grouping.due(waiting: 63) == .seconds(1.1))
        #expect(grouping.due(waiting: 64) == .seconds(1))
    }

    @Test("one urgent entry takes all with it at once")
    mutating func urgent() {
        grouping.added(.telemetry, now: .seconds(1))
        grouping.added(.urgent, now: .seconds(1.05))
        #expect(grouping.due(waiting: 2).map { $0 <= .seconds(1.05) } == true)
        grouping.dequeued(remaining: 0)
        grouping.added(.telemetry, now: .seconds(2))
        #expect(grouping.due(waiting: 1) == .seconds(2.1), "urgency does not outlive its commit")
    }

    @Test("what did not fit into a commit follows at once")
    mutating func remainder() {
        for _ in 0..<2_000 { grouping.added(.telemetry, now: .seconds(1)) }
        grouping.dequeued(remaining: 976)
        #expect(grouping.due(waiting: 976).map { $0 <= .seconds(1) } == true)
        grouping.dequeued(remaining: 0)
        #expect(grouping.due(waiting: 0) == nil)
    }

    @Test("entries of a failed commit go first when it is possible again")
    mutating func putBack() {
        grouping.added(.telemetry, now: .seconds(1))
        grouping.dequeued(remaining: 0)
        grouping.requeued(now: .seconds(3))
        #expect(grouping.due(waiting: 1) == .seconds(3))
    }
}
