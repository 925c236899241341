import Clocks
import Testing

@testable import Store

/// The journal's decisions, with a disk that the test plays.
@Suite("What the journal does next") struct JournalCoreTests: JournalCoreDriver {
    var core = JournalCore(JournalOptions(path: "/somewhere/gateway.db"), now: .seconds(0))

    @Test("opens first; what comes in meanwhile waits")
    mutating func opensFirst() {
        #expect(core.health == .starting && core.deadline == .seconds(0))
        #expect(core.nextJob(now: .seconds(0)) == .open(JournalIdentity(), moveAside: nil))
        #expect(core.append(.sample(1), .urgent, now: .seconds(0)).refusal == nil)
        #expect(core.deadline == nil && core.nextJob(now: .seconds(9)) == nil, "one job at a time")
        core.handle(Self.opening(), now: .seconds(1))
        #expect(core.health == .healthy)
        #expect(Self.sequences(core.nextJob(now: .seconds(1))) == [1])
    }

    @Test("telemetry is committed after 100 ms, urgent entries at once, and never two jobs at a time")
    mutating func commits() {
        makeReady()
        _ = core.append(.sample(1), .telemetry, now: .seconds(10))
        #expect(core.deadline == .seconds(10.1))
        #expect(core.nextJob(now: .seconds(10.099)) == nil)
        let first = core.nextJob(now: .seconds(10.1))
        #expect(Self.sequences(first) == [1])
        _ = core.append(.sample(2), .urgent, now: .seconds(10.1))
        #expect(core.deadline == nil && core.unwritten == 2)
        commitSucceeds(first, now: .seconds(10.15))
        #expect(core.durableThrough == 1)
        #expect(core.deadline.map { $0 <= .seconds(10.15) } == true)
        #expect(Self.sequences(core.nextJob(now: .seconds(10.15))) == [2])
    }

    @Test("numbers must increase, also over a restart; bodies have a limit; refusals are counted")
    mutating func refusals() {
        makeReady(last: 100)
        #expect(core.append(.sample(100), .telemetry, now: .seconds(1)).refusal == .outOfOrder)
        #expect(core.append(.sample(101), .telemetry, now: .seconds(1)).refusal == nil)
        #expect(core.append(.sample(101), .urgent, now: .seconds(1)).refusal == .outOfOrder)
        #expect(core.append(.sample(102, bodyLength: 1 << 20), .telemetry, now: .seconds(1)).refusal == nil)
        #expect(core.append(.sample(103, bodyLength: (1 << 20) + 1), .telemetry, now: .seconds(1)).refusal == .tooLong)
        core.beginClosing(lastSequence: nil, now: .seconds(1))
        #expect(core.append(.sample(104), .urgent, now: .seconds(1)).refusal == .closed)
        #expect(core.counts.rejected == [.outOfOrder: 2, .tooLong: 1, .closed: 1])
        #expect(core.counts.appended == 2)
    }

    @Test("cursors are written within a second, with entries if there are any, and again if that failed")
    mutating func cursors() {
        makeReady(cursors: ["fleet": 5])
        #expect(core.acknowledge("fleet", through: 4, now: .seconds(1)) == true)
        #expect(core.cursors == ["fleet": 5], "never back")
        #expect(core.acknowledge("fleet", through: 6, now: .seconds(1)) == true)
        #expect(core.deadline == .seconds(2))
        #expect(core.nextJob(now: .seconds(2)) == .commit(JournalBatch(entries: [], cursors: ["fleet": 6])))
        _ = core.acknowledge("fleet", through: 7, now: .seconds(2))
        core.handle(.failed(.sample(.inputOutput), []), now: .seconds(2))
        _ = core.nextJob(now: .seconds(3))
        core.handle(Self.opening(1, cursors: ["fleet": 5]), now: .seconds(3))
        #expect(core.nextJob(now: .seconds(3)) == .commit(JournalBatch(entries: [], cursors: ["fleet": 7])))
    }

    @Test("a journal that had to begin anew is told where the followers are")
    mutating func cursorsSurviveNewFile() {
        makeReady(last: 9, cursors: ["fleet": 5])
        _ = core.append(.sample(10), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.handle(.failed(.sample(.fileGone), []), now: .seconds(1))
        _ = core.nextJob(now: .seconds(2))
        core.handle(Self.opening(10), now: .seconds(2))
        guard case .commit(let batch) = core.nextJob(now: .seconds(2)) else {
            Issue.record("no commit")
            return
        }
        #expect(batch.cursors == ["fleet": 5] && batch.entries.map(\.entry.sequence) == [10])
    }

    @Test("numbers of events that are not kept are noted before they run away too far")
    mutating func passedOver() {
        makeReady(last: 10)
        let most = OpenedJournal.numbersSkippedAfterCrash / 4
        var isDue = core.skip(10 + most, now: .seconds(1))
        #expect(!isDue && core.append(.sample(10 + most), .telemetry, now: .seconds(1)).refusal == .outOfOrder)
        isDue = core.skip(11 + most, now: .seconds(1))
        #expect(isDue)
        let job = core.nextJob(now: .seconds(1))
        #expect(job == .commit(JournalBatch(entries: [], cursors: [:], mark: 11 + most)))
        commitSucceeds(job, now: .seconds(1))
        isDue = core.skip(11 + 2 * most, now: .seconds(1))
        #expect(!isDue)
        isDue = core.skip(12 + 2 * most, now: .seconds(1))
        #expect(isDue)
    }

    @Test("there is a limit to followers")
    mutating func tooManyFollowers() {
        makeReady()
        for index in 0..<16 { #expect(core.acknowledge("follower \(index)", through: 1, now: .seconds(1)) == true) }
        #expect(core.acknowledge("one more", through: 1, now: .seconds(1)) == false)
        #expect(core.acknowledge("follower 3", through: 2, now: .seconds(1)) == true)
    }

    @Test("new limits are looked at at once")
    mutating func newRetention() {
        makeReady()
        let policy = RetentionPolicy(days: 1, megabytes: 8)
        core.setRetention(policy, now: .seconds(4))
        #expect(core.nextJob(now: .seconds(4)) == .maintain(policy, checkpoint: false))
    }
}
