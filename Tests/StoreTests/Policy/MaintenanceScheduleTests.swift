import Clocks
import Testing

@testable import Store

@Suite("When the journal is tidied up") struct MaintenanceScheduleTests {
    var schedule = MaintenanceSchedule(MaintenanceSchedule.Options())

    @Test("never before it is open, then at once")
    mutating func opening() {
        #expect(schedule.due == nil)
        schedule.opened(now: .seconds(1))
        #expect(schedule.due == .seconds(1))
        schedule.stop()
        #expect(schedule.due == nil)
    }

    @Test("in a quiet house once an hour")
    mutating func quiet() {
        schedule.opened(now: .seconds(1))
        schedule.completeStep(checkpointed: false, hasMore: false, now: .seconds(1))
        #expect(schedule.due == .seconds(3_601))
    }

    @Test("a checkpoint when it has become quiet")
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

    @Test("every 30 seconds while entries come in, however many")
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
