import Clocks
import Testing

@testable import Store

/// The decisions of the core when the disk fails, and while closing.
@Suite("Store core: failures and closing") struct StoreCoreFailureTests: StoreCoreDriver {
    var core = StoreCore(StoreOptions(path: "/somewhere/gateway.db"), now: .seconds(0))

    @Test("buffers entries during an outage, retries with back-off, and writes everything when the disk is back")
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
                == .open(StoreIdentity(gatewayID: "gw-1", lastSequence: 2), moveAside: nil))
        core.handle(.failed(full, []), now: .seconds(3))
        #expect(core.health == .degraded(full, since: .seconds(2)))
        #expect(
            core.drainEvents() == [
                .stillDegraded(
                    full, lasted: .seconds(1), waiting: 2, dropped: StoreDrops(), retryIn: .milliseconds(500))
            ])
        #expect(core.deadline == .seconds(3.5))

        _ = core.nextJob(now: .seconds(3.5))
        core.handle(Self.opening(), now: .seconds(4))
        #expect(!core.health.isHealthy, "an open file is not enough: the entries must be written")
        expectMaintenance(hasMore: true, now: .seconds(4))
        expectMaintenance(hasMore: false, now: .seconds(4))
        let retry = core.nextJob(now: .seconds(4))
        #expect(Self.sequences(retry) == [1, 2])
        commitSucceeds(retry, now: .seconds(4.1))
        #expect(core.health == .healthy && core.durableThrough == 2)
        let outage: Nanoseconds = MonotonicTime.seconds(4.1) - MonotonicTime.seconds(2)
        #expect(core.drainEvents().contains(.recovered(lasted: outage, dropped: StoreDrops())))
        #expect(core.counters.failures == ["disk_full": 2])
    }

    @Test("keeps backing off while the file opens but commits fail")
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

    @Test("moves a damaged file aside before it reopens, until that succeeds")
    mutating func damage() {
        makeReady(last: 7)
        let damage = StoreError.sample(.corrupt)
        _ = core.append(.sample(8), .urgent, now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        core.handle(.failed(damage, []), now: .seconds(1))
        let identity = StoreIdentity(gatewayID: "gw-1", lastSequence: 8)
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

    @Test("writes what is buffered and closes, without waiting for 100 ms")
    mutating func closing() {
        makeReady()
        _ = core.append(.sample(1), .telemetry, now: .seconds(1))
        core.beginClosing(lastSequence: 12, now: .seconds(1))
        let last = core.nextJob(now: .seconds(1))
        #expect(Self.sequences(last) == [1])
        commitSucceeds(last, now: .seconds(1.1))
        #expect(core.nextJob(now: .seconds(1.1)) == .close(StoreIdentity(gatewayID: "gw-1", lastSequence: 12)))
        core.handle(.closed, now: .seconds(1.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.drainEvents() == [.closed(unwritten: 0)])
    }

    @Test("tries once more to write when it is closed while degraded, and reports what is lost")
    mutating func closingDegraded() {
        let failure = StoreError.sample(.readOnly)
        _ = core.nextJob(now: .seconds(0))
        core.handle(.failed(failure, []), now: .seconds(0))
        _ = core.append(.sample(1), .urgent, now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.nextJob(now: .seconds(0.1)) == .open(StoreIdentity(lastSequence: 1), moveAside: nil))
        core.handle(.failed(failure, []), now: .seconds(0.2))
        #expect(core.health == .closed && core.deadline == nil)
        #expect(core.drainEvents().last == .closed(unwritten: 1))
    }

    @Test("closes at once while degraded when there is nothing to write")
    mutating func closingEmpty() {
        _ = core.nextJob(now: .seconds(0))
        core.handle(.failed(.sample(.readOnly), []), now: .seconds(0))
        core.beginClosing(lastSequence: nil, now: .seconds(0.1))
        #expect(core.health == .closed)
    }

    @Test("reports drops of a slow disk, but not each one")
    mutating func overflow() {
        var options = StoreOptions(path: "/somewhere/gateway.db")
        options.queue.entries = 10
        options.batching.maximumEntries = 5
        core = StoreCore(options, now: .seconds(0))
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

    @Test("reports duplicate sequence numbers, except when it repeats a commit that may have succeeded")
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
        #expect(!core.drainEvents().contains(.duplicateSequences(1)))
        _ = core.append(.sample(2), .urgent, now: .seconds(3))
        _ = core.nextJob(now: .seconds(3))
        let collision = CommitReceipt(entries: 0, alreadyStored: 1, through: 2, duration: .zero)
        core.handle(.committed(collision), now: .seconds(3))
        #expect(core.drainEvents().contains(.duplicateSequences(1)))
    }

    @Test("replaces a file that is damaged at the start at once")
    mutating func damagedAtStart() {
        let damage = StoreError.sample(.corrupt)
        _ = core.nextJob(now: .seconds(0))
        core.handle(.failed(damage, []), now: .seconds(0))
        #expect(!core.hasAttemptedToOpen)
        #expect(core.nextJob(now: .seconds(0)) == .open(StoreIdentity(), moveAside: damage))
        core.handle(.failed(damage, []), now: .seconds(0))
        #expect(core.hasAttemptedToOpen && core.deadline == .seconds(0.5))
    }

    @Test("writes the changes of a failed commit again, unless something newer replaces them")
    mutating func writes() {
        makeReady()
        _ = core.put(.run(.sample(1, state: "running")), now: .seconds(1))
        _ = core.put(.run(.sample(2)), now: .seconds(1))
        _ = core.nextJob(now: .seconds(1))
        _ = core.put(.run(.sample(1)), now: .seconds(1))
        core.handle(.failed(.sample(.diskFull), []), now: .seconds(1))
        #expect(core.unwrittenWrites == 2)
        _ = core.nextJob(now: .seconds(2))
        core.handle(Self.opening(), now: .seconds(2))
        expectMaintenance(hasMore: false, now: .seconds(2))
        let retry = core.nextJob(now: .seconds(2))
        #expect(retry == .commit(StoreBatch(writes: [.run(.sample(2)), .run(.sample(1))])))
        #expect(!core.health.isHealthy)
        commitSucceeds(retry, now: .seconds(2))
        #expect(core.health.isHealthy)
    }
}
