import Clocks
import Testing

@testable import Store

/// The decisions of the core, with a simulated disk.
@Suite("Store core") struct StoreCoreTests: StoreCoreDriver {
    var core = StoreCore(StoreOptions(path: "/somewhere/gateway.db"), now: .seconds(0))

    @Test("opens first, and buffers what comes in meanwhile")
    mutating func opensFirst() {
        #expect(core.health == .starting && core.deadline == .seconds(0))
        #expect(core.nextJob(now: .seconds(0)) == .open(StoreIdentity(), moveAside: nil))
        #expect(core.append(.sample(1), .urgent, now: .seconds(0)).reject == nil)
        #expect(core.deadline == nil && core.nextJob(now: .seconds(9)) == nil, "one job at a time")
        core.handle(Self.opening(), now: .seconds(1))
        #expect(core.health == .healthy)
        #expect(Self.sequences(core.nextJob(now: .seconds(1))) == [1])
    }

    @Test("commits telemetry after 100 ms and urgent entries at once, one job at a time")
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

    @Test("rejects and counts sequence numbers that do not increase, long bodies, and entries while closing")
    mutating func rejects() {
        makeReady(last: 100)
        #expect(core.append(.sample(100), .telemetry, now: .seconds(1)).reject == .outOfOrder)
        #expect(core.append(.sample(101), .telemetry, now: .seconds(1)).reject == nil)
        #expect(core.append(.sample(101), .urgent, now: .seconds(1)).reject == .outOfOrder)
        #expect(core.append(.sample(102, bodyLength: 1 << 20), .telemetry, now: .seconds(1)).reject == nil)
        #expect(core.append(.sample(103, bodyLength: (1 << 20) + 1), .telemetry, now: .seconds(1)).reject == .tooLong)
        core.beginClosing(lastSequence: nil, now: .seconds(1))
        #expect(core.append(.sample(104), .urgent, now: .seconds(1)).reject == .closed)
        #expect(core.counters.rejectedEntries == [.outOfOrder: 2, .tooLong: 1, .closed: 1])
        #expect(core.counters.appended == 2)
    }

    @Test("writes cursors within a second, and again after a failure")
    mutating func cursors() {
        makeReady(cursors: ["fleet": 5])
        #expect(core.acknowledge("fleet", through: 4, now: .seconds(1)) == true)
        #expect(core.cursors == ["fleet": 5], "never back")
        #expect(core.acknowledge("fleet", through: 6, now: .seconds(1)) == true)
        #expect(core.deadline == .seconds(2))
        #expect(core.nextJob(now: .seconds(2)) == .commit(StoreBatch(cursors: ["fleet": 6])))
        _ = core.acknowledge("fleet", through: 7, now: .seconds(2))
        core.handle(.failed(.sample(.inputOutput), []), now: .seconds(2))
        _ = core.nextJob(now: .seconds(3))
        core.handle(Self.opening(1, cursors: ["fleet": 5]), now: .seconds(3))
        #expect(core.nextJob(now: .seconds(3)) == .commit(StoreBatch(cursors: ["fleet": 7])))
    }

    @Test("writes all cursors into a new file")
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

    @Test("records the numbers of events that are not stored before they get too far ahead")
    mutating func skipped() {
        makeReady(last: 10)
        let most = OpenedStore.sequencesSkippedAfterCrash / 4
        var isDue = core.skip(10 + most, now: .seconds(1))
        #expect(!isDue && core.append(.sample(10 + most), .telemetry, now: .seconds(1)).reject == .outOfOrder)
        isDue = core.skip(11 + most, now: .seconds(1))
        #expect(isDue)
        let job = core.nextJob(now: .seconds(1))
        #expect(job == .commit(StoreBatch(cursors: [:], mark: 11 + most)))
        commitSucceeds(job, now: .seconds(1))
        isDue = core.skip(11 + 2 * most, now: .seconds(1))
        #expect(!isDue)
        isDue = core.skip(12 + 2 * most, now: .seconds(1))
        #expect(isDue)
    }

    @Test("limits the number of followers")
    mutating func tooManyFollowers() {
        makeReady()
        for index in 0..<16 { #expect(core.acknowledge("follower \(index)", through: 1, now: .seconds(1)) == true) }
        #expect(core.acknowledge("one more", through: 1, now: .seconds(1)) == false)
        #expect(core.acknowledge("follower 3", through: 2, now: .seconds(1)) == true)
    }

    @Test("applies a new retention policy at once")
    mutating func newRetention() {
        makeReady()
        let policy = RetentionPolicy(days: 1, megabytes: 8)
        core.setRetention(policy, now: .seconds(4))
        #expect(core.nextJob(now: .seconds(4)) == .maintain(policy, checkpoint: false))
    }

    @Test("commits writes together with the buffered entries: essential ones at once, the others after 100 ms")
    mutating func writes() {
        makeReady()
        _ = core.append(.sample(1), .telemetry, now: .seconds(10))
        let explanation = StoreWrite.explanation(event: 1, body: [])
        var isAccepted = core.put(explanation, now: .seconds(10))
        #expect(isAccepted && core.deadline == .seconds(10.1))
        let run = StoreWrite.run(.sample(1))
        isAccepted = core.put(run, now: .seconds(10.05))
        #expect(isAccepted && core.deadline.map { $0 <= .seconds(10.05) } == true)
        let job = core.nextJob(now: .seconds(10.05))
        #expect(job == .commit(StoreBatch([.sample(1)], writes: [explanation, run])))
        #expect(core.unwrittenEntries == 1 && core.unwrittenWrites == 2)
        commitSucceeds(job, now: .seconds(10.1))
        #expect(core.unwritten == 0 && core.counters.writeCommits == 1)
    }

    @Test("rejects and counts a write that is too large")
    mutating func largeWrite() {
        makeReady()
        let isAccepted = core.put(
            .explanation(event: 1, body: [UInt8](repeating: 0, count: StoreOptions(path: "").maximumWriteBytes)),
            now: .seconds(1))
        #expect(!isAccepted && core.counters.rejectedWrites == 1 && core.unwritten == 0)
    }

    @Test("a read waits for the changes before it, also while another commit is under way")
    mutating func flush() {
        makeReady()
        _ = core.put(.explanation(event: 1, body: []), now: .seconds(1))
        core.flush()
        #expect(core.nextJob(now: .seconds(1)) != nil && core.hasSubmittedWrites)
        _ = core.put(.explanation(event: 2, body: []), now: .seconds(1))
        #expect(!core.hasSubmittedWrites)
    }
}
