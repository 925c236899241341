import TestSupport
import Testing

@testable import Web

@Suite("Outbox") struct OutboxTests {
    @Test("bytes arrive complete and in order, however they are split", arguments: 0..<50)
    func order(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var outbox = Outbox()
        var expected: [UInt8] = []
        var sent: [UInt8] = []
        for _ in 0..<200 {
            if Bool.random(using: &random) {
                let batch = batch(of: random.number(1...5), &random)
                let start = random.number(0...batch.bytes.count - 1)
                let ends = batch.marks.map(\.end).filter { $0 > start }
                let end = ends[random.number(0...ends.count - 1)]
                outbox.append(batch, from: start, to: end)
                expected += batch.bytes[start..<end]
            } else if !outbox.isEmpty {
                var copy: [UInt8] = []
                outbox.copyNext(random.number(1...300), to: &copy)
                let count = random.number(1...copy.count)
                sent += copy.prefix(count)
                outbox.remove(count)
            }
            #expect(outbox.byteCount == expected.count - sent.count)
        }
        outbox.copyNext(.max, to: &sent)
        #expect(sent == expected)
    }

    @Test("drops the oldest droppable frames, never a part of one, never one partly sent")
    func dropping() {
        var outbox = Outbox()
        outbox.append(broadcast([1, 1, 1], mayBeDropped: true))
        outbox.append(broadcast([2, 2, 2], mayBeDropped: true))
        outbox.append(broadcast([3, 3, 3], mayBeDropped: false))
        outbox.append(broadcast([4, 4, 4], mayBeDropped: true))
        outbox.remove(1)
        #expect(outbox.dropOldest(downTo: 8) == 1)
        #expect(bytes(outbox) == [1, 1, 3, 3, 3, 4, 4, 4])
        #expect(outbox.dropOldest(downTo: 0) == 1)
        #expect(bytes(outbox) == [1, 1, 3, 3, 3])
        #expect(outbox.byteCount == 5)
    }

    @Test("a frame that was partly sent before it was queued is never dropped")
    func partlySentBefore() {
        let batch = FrameBatch()
        batch.append(mayBeDropped: true) { $0 += [1, 1, 1] }
        batch.append(mayBeDropped: true) { $0 += [2, 2, 2] }
        var inside = Outbox()
        inside.append(batch, from: 4)
        #expect(inside.dropOldest(downTo: 0) == 0)
        #expect(bytes(inside) == [2, 2])
        var atBoundary = Outbox()
        atBoundary.append(batch, from: 3)
        #expect(atBoundary.dropOldest(downTo: 0) == 1)
        #expect(atBoundary.isEmpty)
    }

    @Test("responses are sent, but do not count towards the limit")
    func responses() {
        var outbox = Outbox()
        outbox.append(FrameBatch(direct: [1, 1, 1]))
        outbox.append(broadcast([2, 2, 2], mayBeDropped: true))
        outbox.append(FrameBatch(direct: [3, 3]))
        #expect((outbox.byteCount, outbox.broadcastByteCount) == (8, 3))
        outbox.remove(4)
        #expect((outbox.byteCount, outbox.broadcastByteCount) == (4, 2))
        outbox.append(broadcast([4, 4, 4], mayBeDropped: true))
        #expect(outbox.dropOldest(downTo: 2) == 1)
        #expect((outbox.byteCount, outbox.broadcastByteCount) == (4, 2))
        #expect(bytes(outbox) == [2, 2, 3, 3])
    }

    private func broadcast(_ frame: [UInt8], mayBeDropped: Bool) -> FrameBatch {
        let batch = FrameBatch()
        batch.append(mayBeDropped: mayBeDropped) { $0 += frame }
        return batch
    }

    private func batch(of frames: Int, _ random: inout SeededGenerator) -> FrameBatch {
        let batch = FrameBatch()
        for _ in 0..<frames {
            let frame = random.bytes(random.number(1...100))
            batch.append(mayBeDropped: false) { $0 += frame }
        }
        return batch
    }

    private func bytes(_ outbox: Outbox) -> [UInt8] {
        var bytes: [UInt8] = []
        outbox.copyNext(.max, to: &bytes)
        return bytes
    }
}
