import Clocks
import Testing

@testable import Store

/// The journal's decisions, with a disk that the test plays.
@Suite("What the journal does next") struct JournalCoreTests {
    var core = JournalCore(JournalOptions(path: "/somewhere/gateway.db"), now: .seconds(0))

    private static func opening(_ last: Int64 = 0, clean: Bool = true, cursors: [String: Int64] = [:]) -> JournalOutcome
    {
        .opened(
            JournalOpening(
                path: "/somewhere/gateway.db", gatewayID: "gw-1", lastSequence: last, lastStored: last,
                wasCreated: last == 0,
                wasClosedCleanly: clean, cursors: cursors), [])
    }

    /// Ends the commit that is under way as a disk would that works.
    private mutating func commitSucceeds(_ job: JournalJob?, now: MonotonicTime) {
        guard case .commit(let batch) = job else { return }
        core.finished(
            .committed(
                CommitReceipt(
                    entries: batch.entries.count, alreadyStored: 0, through: batch.entries.last?.entry.sequence,
                    took: .milliseconds(1))), now: now)
    }

    /// Open, tidied up once, and with nothing to report.
    private mutating func makeReady(last: Int64 = 0, cursors: [String: Int64] = [:]) {
        _ = core.nextJob(now: .seconds(0))
        core.finished(Self.opening(last, cursors: cursors), now: .seconds(0))
        _ = core.nextJob(now: .seconds(0))
        let usage = JournalUsage(pageSize: 4_096, pages: 10, freePages: 0)
        core.finished(.maintained(MaintenanceReport(usage: usage)), now: .seconds(0))
        _ = core.takeNotices()
    }

    /// Expects that old entries are looked for next, and lets that succeed.
    private mutating func tidiesUp(more: Bool, now: MonotonicTime) {
        let job = core.nextJob(now: now)
        #expect(job == .maintain(RetentionPolicy(), checkpoint: false))
        var report = MaintenanceReport(usage: JournalUsage(pageSize: 4_096, pages: 10, freePages: 0))
        report.more = more
        core.finished(.maintained(report), now: now)
    }

    private static func sequences(_ job: JournalJob?) -> [Int64]? {
        guard case .commit(let batch) = job else { return nil }
        return batch.entries.map(\.entry.sequence)
    }

    @Test("opens first; what comes in meanwhile waits")
    mutating func opensFirst() {
        #expect(core.health == .starting && core.deadline == .seconds(0))
        #expect(core.nextJob(now: .seconds(0)) == .open(JournalIdentity(), moveAside: nil))
        #expect(core.append(.sample(1), .urgent, now: .seconds(0)).refusal == nil)
        #expect(core.deadline == nil && core.nextJob(now: .seconds(9)) == nil, "one job at a time")
        core.finished(Self.opening(), now: .seconds(1))
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
        #expect(core.counts.refused == [.outOfOrder: 2, .tooLong: 1, .closed: 1])
        #expect(core.counts.appended == 2)
    }

    @Test("a disk that fails: entries wait, attempts are spaced out, and all is written when it is back")
    mutating func outage() {
        makeReady()
        _ = core.append(.sample(1), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        let full = StoreFailure.sample(.diskFull)
        core.finished(.failed(full, []), now: .seconds(2))
        #expect(core.health == .degraded(full, since: .seconds(2)))
        #expect(core.takeNotices() == [.degraded(full, retryIn: .milliseconds(250))])
        #expect(core.unwritten == 1 && core.deadline == .seconds(2.25))
        _ = core.append(.sample(2), .telemetry, now: .seconds(2.1))

        #expect(core.nextJob(now: .seconds(2.2)) == nil)
        #expect(
            core.nextJob(now: .seconds(2.25))
                == .open(JournalIdentity(gatewayID: "gw-1", lastSequence: 2), moveAside: nil))
        core.finished(.failed(full, []), now: .seconds(3))
        #expect(core.health == .degraded(full, since: .seconds(2)))
        #expect(
            core.takeNotices() == [
                .stillDegraded(
                    full, lasted: .seconds(1), waiting: 2, dropped: JournalDrops(), retryIn: .milliseconds(500))
            ])
        #expect(core.deadline == .seconds(3.5))

        _ = core.nextJob(now: .seconds(3.5))
        core.finished(Self.opening(), now: .seconds(4))
        #expect(!core.health.isHealthy, "open is not enough: the entries must get through")
        tidiesUp(more: true, now: .seconds(4))
        tidiesUp(more: false, now: .seconds(4))
        let retry = core.nextJob(now: .seconds(4))
        #expect(Self.sequences(retry) == [1, 2])
        commitSucceeds(retry, now: .seconds(4.1))
        #expect(core.health == .healthy && core.durableThrough == 2)
        #expect(core.takeNotices().contains(.recovered(lasted: .seconds(4.1) - .seconds(2), dropped: JournalDrops())))
        #expect(core.counts.failures == ["disk_full": 2])
    }

    @Test("a disk that opens but does not take entries keeps the long waits")
    mutating func flapping() {
        makeReady()
        var now = MonotonicTime.seconds(1)
        var delays: [Nanoseconds] = []
        _ = core.append(.sample(1), .urgent, now: now)
        for _ in 0..<5 {
            guard let deadline = core.deadline else { break }
            now = max(now, deadline)
            if case .open = core.nextJob(now: now) {
                core.finished(Self.opening(), now: now)
                tidiesUp(more: false, now: now)
                _ = core.nextJob(now: now)
            }
            core.finished(.failed(.sample(.diskFull), []), now: now)
            delays.append((core.deadline ?? now) - now)
        }
        #expect(delays == [250, 500, 1_000, 2_000, 4_000].map { .milliseconds($0) })
    }

    @Test("a damaged file is moved aside before the next opening, until that succeeds")
    mutating func damage() {
        makeReady(last: 7)
        let damage = StoreFailure.sample(.corrupt)
        _ = core.append(.sample(8), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.finished(.failed(damage, []), now: .seconds(1))
        let identity = JournalIdentity(gatewayID: "gw-1", lastSequence: 8)
        #expect(core.nextJob(now: .seconds(1.25)) == .open(identity, moveAside: damage))
        core.finished(.failed(.sample(.readOnly), []), now: .seconds(2))
        #expect(core.nextJob(now: .seconds(2.5)) == .open(identity, moveAside: damage))
        core.finished(Self.opening(8), now: .seconds(3))
        let retry = core.nextJob(now: .seconds(3))
        #expect(Self.sequences(retry) == [8])
        commitSucceeds(retry, now: .seconds(3))
        _ = core.append(.sample(9), .urgent, now: .seconds(4))
        _ = core.nextJob(now: .seconds(4))
        core.finished(.failed(.sample(.busy), []), now: .seconds(4))
        #expect(core.nextJob(now: .seconds(5)) == .open(.init(gatewayID: "gw-1", lastSequence: 9), moveAside: nil))
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
        core.finished(.failed(.sample(.inputOutput), []), now: .seconds(2))
        _ = core.nextJob(now: .seconds(3))
        core.finished(Self.opening(1, cursors: ["fleet": 5]), now: .seconds(3))
        #expect(core.nextJob(now: .seconds(3)) == .commit(JournalBatch(entries: [], cursors: ["fleet": 7])))
    }

    @Test("a journal that had to begin anew is told where the followers are")
    mutating func cursorsSurviveNewFile() {
        makeReady(last: 9, cursors: ["fleet": 5])
        _ = core.append(.sample(10), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.finished(.failed(.sample(.fileGone), []), now: .seconds(1))
        _ = core.nextJob(now: .seconds(2))
        core.finished(Self.opening(10), now: .seconds(2))
        guard case .commit(let batch) = core.nextJob(now: .seconds(2)) else {
            Issue.record("no commit")
            return
        }
        #expect(batch.cursors == ["fleet": 5] && batch.entries.map(\.entry.sequence) == [10])
    }

    @Test("numbers of events that are not kept are noted before they run away too far")
    mutating func passedOver() {
        makeReady(last: 10)
        let most = JournalOpening.numbersSkippedAfterCrash / 4
        var isDue = core.passOver(10 + most, now: .seconds(1))
        #expect(!isDue && core.append(.sample(10 + most), .telemetry, now: .seconds(1)).refusal == .outOfOrder)
        isDue = core.passOver(11 + most, now: .seconds(1))
        #expect(isDue)
        let job = core.nextJob(now: .seconds(1))
        #expect(job == .commit(JournalBatch(entries: [], cursors: [:], mark: 11 + most)))
        commitSucceeds(job, now: .seconds(1))
        isDue = core.passOver(11 + 2 * most, now: .seconds(1))
        #expect(!isDue)
        isDue = core.passOver(12 + 2 * most, now: .seconds(1))
        #expect(isDue)
    }

    @Test("there is a limit to followers")
    mutating func tooManyFollowers() {
        makeReady()
        for index in 0..<16 { #expect(core.acknowledge("follower \(index)", through: 1, now: .seconds(1)) == true) }
        #expect(core.acknowledge("one more", through: 1, now: .seconds(1)) == false)
        #expect(core.acknowledge("follower 3", through: 2, now: .seconds(1)) == true)
    }

    @Test("closing writes what waits, then closes; nobody has to wait for 100 ms")
    mutating func closing() {
        makeReady()
        _ = core.append(.sample(1), .telemetry, now: .seconds(1))
        core.beginClosing(lastSequence: 12, now: .seconds(1))
        let last = core.nextJob(now: .seconds(1))
        #expect(Self.sequences(last) == [1])
        commitSucceeds(last, now: .seconds(1.1))
        #expect(core.nextJob(now: .seconds(1.1)) == .close(JournalIdentity(gatewayID: "gw-1", lastSequence: 12)))
        core.finished(.closed, now: .seconds(1.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.takeNotices() == [.closed(unwritten: 0)])
    }

    @Test("closing a journal that is out of order tries once more, and then tells what is lost")
    mutating func closingDegraded() {
        let failure = StoreFailure.sample(.readOnly)
        _ = core.nextJob(now: .seconds(0))
        core.finished(.failed(failure, []), now: .seconds(0))
        _ = core.append(.sample(1), .urgent, now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.nextJob(now: .seconds(0.1)) == .open(JournalIdentity(lastSequence: 1), moveAside: nil))
        core.finished(.failed(failure, []), now: .seconds(0.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.takeNotices().last == .closed(unwritten: 1))
    }

    @Test("closing a journal that is out of order, with nothing to lose, is done at once")
    mutating func closingEmpty() {
        _ = core.nextJob(now: .seconds(0))
        core.finished(.failed(.sample(.readOnly), []), now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.health == .closed)
    }

    @Test("a disk that is too slow: losses are reported, but not each one")
    mutating func overflow() {
        var options = JournalOptions(path: "/somewhere/gateway.db")
        options.queue.entries = 10
        options.batching.mostEntries = 5
        core = JournalCore(options, now: .seconds(0))
        makeReady()
        var sequence: Int64 = 0
        var reports: [StoreNotice] = []
        for second in 1...30 {
            for _ in 0..<20 {
                sequence += 1
                _ = core.append(.sample(sequence), .telemetry, now: .seconds(Double(second)))
            }
            let job = core.nextJob(now: .seconds(Double(second)))
            commitSucceeds(job, now: .seconds(Double(second)))
            reports += core.takeNotices()
        }
        let lost = reports.reduce(0) { sum, notice in
            if case .overflowing(let dropped) = notice { sum + dropped.telemetry } else { sum }
        }
        #expect(reports.count == 3)
        #expect(lost > 0 && lost <= core.queue.dropped.telemetry)
    }

    @Test("numbers that are taken are reported, except when a commit is repeated that may have succeeded")
    mutating func takenNumbers() {
        makeReady()
        _ = core.append(.sample(1), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.finished(.failed(.sample(.inputOutput), []), now: .seconds(1))
        _ = core.nextJob(now: .seconds(2))
        core.finished(Self.opening(1), now: .seconds(2))
        _ = core.nextJob(now: .seconds(2))
        let repeated = CommitReceipt(entries: 0, alreadyStored: 1, through: 1, took: .zero)
        core.finished(.committed(repeated), now: .seconds(2))
        #expect(!core.takeNotices().contains(.numbersUsedTwice(1)))
        _ = core.append(.sample(2), .urgent, now: .seconds(3))
        _ = core.nextJob(now: .seconds(3))
        let collision = CommitReceipt(entries: 0, alreadyStored: 1, through: 2, took: .zero)
        core.finished(.committed(collision), now: .seconds(3))
        #expect(core.takeNotices().contains(.numbersUsedTwice(1)))
    }

    @Test("new limits are looked at at once")
    mutating func newRetention() {
        makeReady()
        let policy = RetentionPolicy(days: 1, megabytes: 8)
        core.setRetention(policy, now: .seconds(4))
        #expect(core.nextJob(now: .seconds(4)) == .maintain(policy, checkpoint: false))
    }
}
