import TestSupport
import Testing

@testable import Store

@Suite("Journal queue") struct JournalQueueTests {
    private static func queue(entries: Int, hard: Int) -> JournalQueue {
        var limits = JournalQueue.Limits()
        limits.entries = entries
        limits.hardEntries = hard
        return JournalQueue(limits)
    }

    private static func sequences(_ entries: [PendingEntry]) -> [Int64] { entries.map(\.entry.sequence) }

    @Test("drops nothing at the limit, and the oldest telemetry above it")
    func dropsOldest() {
        var queue = Self.queue(entries: 3, hard: 5)
        for sequence in 1...3 { queue.append(.sample(Int64(sequence)), .telemetry) }
        #expect(queue.dropped == StoreDrops())
        queue.append(.sample(4), .telemetry)
        #expect(queue.dropped == StoreDrops(telemetry: 1))
        #expect(Self.sequences(queue.dequeue(maximumEntries: 9, maximumBytes: .max)) == [2, 3, 4])
    }

    @Test("drops telemetry to make room for urgent entries, and those only at the hard limit")
    func urgentStays() {
        var queue = Self.queue(entries: 3, hard: 5)
        queue.append(.sample(1), .urgent)
        queue.append(.sample(2), .telemetry)
        for sequence in 3...6 { queue.append(.sample(Int64(sequence)), .urgent) }
        #expect(queue.dropped == StoreDrops(telemetry: 1))
        queue.append(.sample(7), .telemetry)
        #expect(queue.dropped == StoreDrops(telemetry: 2), "no room for telemetry among so many urgent ones")
        queue.append(.sample(8), .urgent)
        #expect(queue.dropped == StoreDrops(telemetry: 2, urgent: 1))
        #expect(Self.sequences(queue.dequeue(maximumEntries: 9, maximumBytes: .max)) == [3, 4, 5, 6, 8])
    }

    @Test("counts the weight of entries against the limit in bytes")
    func bytes() {
        let weight = JournalEntry.sample(1).weight
        var limits = JournalQueue.Limits()
        limits.bytes = 2 * weight
        var queue = JournalQueue(limits)
        queue.append(.sample(1), .telemetry)
        queue.append(.sample(2), .telemetry)
        #expect(queue.bytes == 2 * weight && queue.dropped.total == 0)
        queue.append(.sample(3), .telemetry)
        #expect(queue.bytes == 2 * weight && queue.dropped.total == 1)
    }

    @Test("drops an entry that is larger than the whole limit, and no other")
    func giant() {
        var limits = JournalQueue.Limits()
        limits.bytes = 1_000
        var queue = JournalQueue(limits)
        queue.append(.sample(1, bodyLength: 5_000), .telemetry)
        #expect(queue.isEmpty && queue.bytes == 0 && queue.dropped.telemetry == 1)
    }

    @Test("dequeues at least one entry, whatever its size, and otherwise stays within the limits")
    func batchLimits() {
        var queue = JournalQueue(JournalQueue.Limits())
        for sequence in 1...5 { queue.append(.sample(Int64(sequence), bodyLength: 1_000), .telemetry) }
        #expect(queue.dequeue(maximumEntries: 9, maximumBytes: 10).count == 1)
        #expect(
            queue.dequeue(maximumEntries: 9, maximumBytes: 2 * JournalEntry.sample(2, bodyLength: 1_000).weight).count
                == 2)
        #expect(queue.dequeue(maximumEntries: 1, maximumBytes: .max).count == 1)
    }

    @Test("behaves like a plain list in any order of operations", arguments: 1...20)
    func model(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var limits = JournalQueue.Limits()
        limits.entries = 40
        limits.hardEntries = 60
        limits.bytes = 12_000
        limits.hardBytes = 16_000
        var queue = JournalQueue(limits)
        var model = ModelQueue(limits: limits)
        var sequence: Int64 = 0
        var outside: [PendingEntry] = []
        for _ in 0..<3_000 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0:
                outside = queue.dequeue(maximumEntries: Int.random(in: 1...30, using: &random), maximumBytes: 6_000)
                #expect(outside == model.dequeue(outside.count))
            case 1:
                queue.requeue(outside)
                model.requeue(outside)
                outside = []
            default:
                sequence += Int64.random(in: 1...3, using: &random)
                let entry = JournalEntry.sample(sequence, bodyLength: Int.random(in: 30...900, using: &random))
                let urgency = Int.random(in: 0..<4, using: &random) == 0 ? JournalUrgency.urgent : .telemetry
                queue.append(entry, urgency)
                model.append(PendingEntry(entry, urgency))
            }
            #expect(queue.count == model.entries.count && queue.bytes == model.bytes, "seed \(seed)")
            #expect(queue.dropped == model.dropped, "seed \(seed)")
        }
        #expect(queue.dequeue(maximumEntries: .max, maximumBytes: .max) == model.entries)
        #expect(queue.isEmpty && queue.bytes == 0)
    }
}

/// The same promises in the simplest words: one list, searched from its beginning.
private struct ModelQueue {
    let limits: JournalQueue.Limits
    var entries: [PendingEntry] = []
    var dropped = StoreDrops()

    var bytes: Int { entries.reduce(0) { $0 + $1.entry.weight } }

    mutating func append(_ entry: PendingEntry) {
        entries.append(entry)
        enforceLimits()
    }

    mutating func dequeue(_ count: Int) -> [PendingEntry] {
        defer { entries.removeFirst(count) }
        return Array(entries.prefix(count))
    }

    mutating func requeue(_ taken: [PendingEntry]) {
        entries = taken + entries
        enforceLimits()
    }

    private mutating func enforceLimits() {
        while entries.count > limits.entries || bytes > limits.bytes,
            let index = entries.firstIndex(where: { $0.urgency == .telemetry })
        {
            entries.remove(at: index)
            dropped.telemetry += 1
        }
        while entries.count > limits.hardEntries || bytes > limits.hardBytes {
            entries.removeFirst()
            dropped.urgent += 1
        }
    }
}
