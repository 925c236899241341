import Clocks
import Testing

@testable import Store

@Suite("Store write queue") struct StoreWriteQueueTests {
    private func explanation(_ event: UInt64, bytes: Int = 10) -> StoreWrite {
        .explanation(event: event, body: [UInt8](repeating: 0x20, count: bytes))
    }

    private func target(_ name: String, _ body: String?) -> StoreWrite {
        .document(.target, name: name, body: body.map { Array($0.utf8) })
    }

    @Test("dequeues changes in order, batch by batch")
    func order() {
        var queue = StoreWriteQueue()
        for event in 1...5 { queue.add(explanation(UInt64(event))) }
        #expect(queue.dequeue(maximumBytes: 138 * 3) == (1...3).map { explanation(UInt64($0)) })
        #expect(queue.dequeue(maximumBytes: 1) == [explanation(4)])
        #expect(queue.count == 1 && queue.bytes == 138)
        #expect(queue.dequeue(maximumBytes: .max) == [explanation(5)])
        #expect(queue.isEmpty && queue.bytes == 0)
        #expect(queue.dequeue(maximumBytes: .max) == [])
    }

    @Test("a later change to the same thing replaces an earlier one")
    func coalescing() {
        var queue = StoreWriteQueue()
        queue.add(target("A", "1"))
        queue.add(target("B", "1"))
        queue.add(target("A", "22"))
        queue.add(target("B", nil))
        #expect(queue.bytes == 128 + 2 + 128)
        #expect(queue.dequeue(maximumBytes: .max) == [target("A", "22"), target("B", nil)])
    }

    @Test("requeued changes go first, unless something newer replaces them")
    func putBack() {
        var queue = StoreWriteQueue()
        queue.add(target("A", "old"))
        queue.add(target("B", "old"))
        let taken = queue.dequeue(maximumBytes: .max)
        queue.add(target("C", "new"))
        queue.add(target("A", "new"))
        queue.requeue(taken)
        #expect(queue.dequeue(maximumBytes: .max) == [target("B", "old"), target("C", "new"), target("A", "new")])
        #expect(queue.bytes == 0)
    }

    @Test("drops inputs that are not needed any more, and deletes stored ones after those still to be written")
    func inputs() {
        var queue = StoreWriteQueue()
        queue.add(.deleteInputs(through: 1))
        for number in 2...4 { queue.add(.input(number: Int64(number), body: [])) }
        queue.add(.deleteInputs(through: 3))
        #expect(queue.dequeue(maximumBytes: .max) == [.input(number: 4, body: []), .deleteInputs(through: 3)])
    }

    @Test("drops the oldest changes that are not essential first, and the oldest of all at the hard limit")
    func limits() {
        var limits = StoreWriteQueue.Limits()
        limits.changes = 8
        limits.hardChanges = 16
        var queue = StoreWriteQueue(limits)
        queue.add(target("first", "kept"))
        for event in 1...8 { queue.add(explanation(UInt64(event))) }
        // Room is made for a quarter at once.
        #expect(queue.count == 6 && queue.dropped == 3)
        var probe = queue
        #expect(
            probe.dequeue(maximumBytes: .max) == [target("first", "kept")] + (4...8).map { explanation(UInt64($0)) })
        for number in 1...16 { queue.add(target("\(number)", "")) }
        #expect(queue.count <= 16)
        #expect(queue.dropped == 3 + 5 + 5)
        #expect(queue.dequeue(maximumBytes: .max).last == target("16", ""))
    }

    @Test("has a limit in bytes as well")
    func byteLimit() {
        var limits = StoreWriteQueue.Limits()
        limits.bytes = 1_000
        var queue = StoreWriteQueue(limits)
        for event in 1...100 { queue.add(explanation(UInt64(event), bytes: 72)) }
        #expect(queue.bytes <= 1_000 && queue.count + queue.dropped == 100)
    }
}
