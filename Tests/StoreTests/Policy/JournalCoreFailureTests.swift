import Clocks
import Testing

@testable import Store

/// The journal's decisions when the disk fails, or the end is near.
@Suite("What the journal does in trouble") struct JournalCoreFailureTests: JournalCoreDriver {
    var core = JournalCore(JournalOptions(path: "/somewhere/gateway.db"), now: .seconds(0))

    @Test("a disk that fails: entries wait, attempts are spaced out, and all is written when it is back")
    mutating func outage() {
        makeReady()
        _ = core.append(.sample(1), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        let full = StoreError.sample(.diskFull)
        core.handle(.failed(full, []), now: .seconds(2))
        #expect(core.health == .degraded(full, since: .seconds(2)))
        #expect(core.drainEvents() == [.degraded(full, retryIn: .milliseconds(250))])
        #expect(core.unwritten == 1 && core.deadline == .seconds(2.25))
        _ = core.append(.sample(2), .telemetry, now: .seconds(2.1))

        #expect(core.nextJob(now: .seconds(2.2)) == nil)
        #expect(
            core.nextJob(now: .seconds(2.25))
                == .open(JournalIdentity(gatewayID: "gw-1", lastSequence: 2), moveAside: nil))
        core.handle(.failed(full, []), now: .seconds(3))
        #expect(core.health == .degraded(full, since: .seconds(2)))
        #expect(
            core.drainEvents() == [
                .stillDegraded(
                    full, lasted: .seconds(1), waiting: 2, dropped: JournalDrops(), retryIn: .milliseconds(500))
            ])
        #expect(core.deadline == .seconds(3.5))

        _ = core.nextJob(now: .seconds(3.5))
        core.handle(Self.opening(), now: .seconds(4))
        #expect(!core.health.isHealthy, "open is not enough: the entries must get through")
        expectMaintenance(hasMore: true, now: .seconds(4))
        expectMaintenance(hasMore: false, now: .seconds(4))
        let retry = core.nextJob(now: .seconds(4))
        #expect(Self.sequences(retry) == [1, 2])
        commitSucceeds(retry, now: .seconds(4.1))
        #expect(core.health == .healthy && core.durableThrough == 2)
        #expect(core.drainEvents().contains(.recovered(lasted: .seconds(4.1) - .seconds(2), dropped: JournalDrops())))
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
                core.handle(Self.opening(), now: now)
                expectMaintenance(hasMore: false, now: now)
                _ = core.nextJob(now: now)
            }
            core.handle(.failed(.sample(.diskFull), []), now: now)
            delays.append((core.deadline ?? now) - now)
        }
        #expect(delays == [250, 500, 1_000, 2_000, 4_000].map { .milliseconds($0) })
    }

    @Test("a damaged file is moved aside before the next opening, until that succeeds")
    mutating func damage() {
        makeReady(last: 7)
        let damage = StoreError.sample(.corrupt)
        _ = core.append(.sample(8), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.handle(.failed(damage, []), now: .seconds(1))
        let identity = JournalIdentity(gatewayID: "gw-1", lastSequence: 8)
        #expect(core.nextJob(now: .seconds(1.25)) == .open(identity, moveAside: damage))
        core.handle(.failed(.sample(.readOnly), []), now: .seconds(2))
        #expect(core.nextJob(now: .seconds(2.5)) == .open(identity, moveAside: damage))
        core.handle(Self.opening(8), now: .seconds(3))
        let retry = core.nextJob(now: .seconds(3))
        #expect(Self.sequences(retry) == [8])
        commitSucceeds(retry, now: .seconds(3))
        _ = core.append(.sample(9), .urgent, now: .seconds(4))
        _ = core.nextJob(now: .seconds(4))
        core.handle(.failed(.sample(.busy), []), now: .seconds(4))
        #expect(core.nextJob(now: .seconds(5)) == .open(.init(gatewayID: "gw-1", lastSequence: 9), moveAside: nil))
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
        core.handle(.closed, now: .seconds(1.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.drainEvents() == [.closed(unwritten: 0)])
    }

    @Test("closing a journal that is out of order tries once more, and then tells what is lost")
    mutating func closingDegraded() {
        let failure = StoreError.sample(.readOnly)
        _ = core.nextJob(now: .seconds(0))
        core.handle(.failed(failure, []), now: .seconds(0))
        _ = core.append(.sample(1), .urgent, now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.nextJob(now: .seconds(0.1)) == .open(JournalIdentity(lastSequence: 1), moveAside: nil))
        core.handle(.failed(failure, []), now: .seconds(0.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.drainEvents().last == .closed(unwritten: 1))
    }

    @Test("closing a journal that is out of order, with nothing to lose, is done at once")
    mutating func closingEmpty() {
        _ = core.nextJob(now: .seconds(0))
        core.handle(.failed(.sample(.readOnly), []), now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.health == .closed)
    }

    @Test("a disk that is too slow: losses are reported, but not each one")
    mutating func overflow() {
        var options = JournalOptions(path: "/somewhere/gateway.db")
        options.queue.entries = 10
        options.batching.maximumEntries = 5
        core = JournalCore(options, now: .seconds(0))
        makeReady()
        var sequence: Int64 = 0
        var reports: [StoreEvent] = []
        for second in 1...30 {
            for _ in 0..<20 {
                sequence += 1
                _ = core.append(.sample(sequence), .telemetry, now: .seconds(Double(second)))
            }
            let job = core.nextJob(now: .seconds(Double(second)))
            commitSucceeds(job, now: .seconds(Double(second)))
            reports += core.drainEvents()
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
        core.handle(.failed(.sample(.inputOutput), []), now: .seconds(1))
        _ = core.nextJob(now: .seconds(2))
        core.handle(Self.opening(1), now: .seconds(2))
        _ = core.nextJob(now: .seconds(2))
        let repeated = CommitReceipt(entries: 0, alreadyStored: 1, through: 1, duration: .zero)
        core.handle(.committed(repeated), now: .seconds(2))
        #expect(!core.drainEvents().contains(.numbersUsedTwice(1)))
        _ = core.append(.sample(2), .urgent, now: .seconds(3))
        _ = core.nextJob(now: .seconds(3))
        let collision = CommitReceipt(entries: 0, alreadyStored: 1, through: 2, duration: .zero)
        core.handle(.committed(collision), now: .seconds(3))
        #expect(core.drainEvents().contains(.numbersUsedTwice(1)))
    }
}
