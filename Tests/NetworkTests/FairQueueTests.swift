import TestSupport
import Testing

@testable import Network

@Suite("Fair queue") struct FairQueueTests {
    private typealias Queue = FairQueue<Int>

    private static func source(_ host: UInt64, _ port: UInt16 = 5_000) -> Queue.Source {
        Queue.Source(host: IPAddress(high: 1, low: host), port: port)
    }

    /// A queue with room for a hundred elements of weight 100.
    private static func queue(_ change: (inout Queue.Limits) -> Void = { _ in }) -> Queue {
        var limits = Queue.Limits(weight: 10_000, sources: 8, sourcesPerHost: 4, quantum: 200)
        change(&limits)
        return Queue(limits)
    }

    private static func drain(_ queue: inout Queue) -> [Int] {
        var elements: [Int] = []
        while let element = queue.next() { elements.append(element) }
        return elements
    }

    @Test("one source gets everything, in order")
    func order() {
        var queue = Self.queue()
        for number in 0..<100 { #expect(queue.add(from: Self.source(1), weight: 100) { number }) }
        #expect(Self.drain(&queue) == Array(0..<100))
        #expect(queue.isEmpty && queue.weight == 0 && queue.dropped == 0 && queue.sourceCount == 0)
    }

    @Test("a flood loses its own elements, and what others send comes early")
    func flood() {
        var queue = Self.queue()
        var made = 0
        for _ in 0..<10_000 {
            queue.add(from: Self.source(1), weight: 100) {
                made += 1
                return -1
            }
        }
        // What is dropped is never made.
        #expect(made == 100 && queue.dropped == 9_900)
        for number in 0..<5 { #expect(queue.add(from: Self.source(2), weight: 100) { number }) }
        #expect(queue.count == 100 && queue.dropped == 9_905)
        let elements = Self.drain(&queue)
        #expect(elements.filter { $0 >= 0 } == Array(0..<5))
        #expect(elements.prefix(12).count { $0 >= 0 } == 5)
    }

    @Test("turns are fair by weight: large elements do not get more than small ones")
    func weights() {
        var queue = Self.queue { $0.weight = 100_000 }
        for _ in 0..<20 { queue.add(from: Self.source(1), weight: 1_000) { 1 } }
        for _ in 0..<200 { queue.add(from: Self.source(2), weight: 100) { 2 } }
        var taken = [1: 0, 2: 0]
        for _ in 0..<110 { taken[queue.next() ?? 0, default: 0] += 1 }
        // Ten thousand of each.
        #expect((9...11).contains(taken[1] ?? 0) && (99...101).contains(taken[2] ?? 0))
    }

    @Test("a host that sends from many ports has a bounded number of shares, and another host keeps its own")
    func ports() {
        var queue = Self.queue()
        for port in 1...5_000 { queue.add(from: Self.source(1, UInt16(port)), weight: 100) { -1 } }
        #expect(queue.sourceCount == 5)
        for number in 0..<5 { #expect(queue.add(from: Self.source(2), weight: 100) { number }) }
        #expect(Self.drain(&queue).filter { $0 >= 0 } == Array(0..<5))
    }

    @Test("the number of sources is bounded, and no element of a forgotten one remains")
    func hosts() {
        var queue = Self.queue()
        for host in 0..<5_000 { queue.add(from: Self.source(UInt64(host)), weight: 100) { -1 } }
        #expect(queue.sourceCount <= 9 && queue.weight <= 10_000)
        #expect(Self.drain(&queue).count == 100)
        #expect(queue.sourceCount == 0)
        #expect(queue.add(from: Self.source(9), weight: 100) { 7 } && queue.next() == 7)
    }

    @Test("accounts for every element and keeps the order of each source, whatever happens", arguments: 1...30)
    func anything(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var queue = Self.queue()
        var (added, taken, nextNumber) = (0, 0, [Int](repeating: 0, count: 6))
        var last = [Int](repeating: -1, count: 6)
        for _ in 0..<5_000 {
            if Int.random(in: 0..<3, using: &random) > 0 {
                let host = Int.random(in: 0..<6, using: &random)
                let weight = Int.random(in: 1...2_000, using: &random)
                added += 1
                queue.add(from: Self.source(UInt64(host)), weight: weight) { host << 32 | nextNumber[host] }
                nextNumber[host] += 1
            } else if let element = queue.next() {
                taken += 1
                let (host, number) = (element >> 32, element & 0xFFFF_FFFF)
                #expect(number > last[host])
                last[host] = number
            }
            #expect(queue.weight <= 10_000)
        }
        taken += Self.drain(&queue).count
        #expect(added == taken + Int(queue.dropped))
        #expect(queue.isEmpty && queue.weight == 0)
    }
}
