/// A queue of entries with two ends, in a circle of memory that is used again and again: in the steady state nothing
/// is allocated. It grows as needed; its owner bounds it.
struct EntryRing {
    private var slots: [JournalEntry?] = []
    private var head = 0
    private(set) var count = 0

    /// A circle larger than this is given back once it is empty: it was an outage, not the steady state.
    private static let retainedCapacity = 1_024

    var isEmpty: Bool { count == 0 }

    var first: JournalEntry? {
        count == 0 ? nil : slots[head]
    }

    mutating func append(_ entry: JournalEntry) {
        growIfFull()
        slots[(head + count) & (slots.count - 1)] = entry
        count += 1
    }

    mutating func prepend(_ entry: JournalEntry) {
        growIfFull()
        head = (head + slots.count - 1) & (slots.count - 1)
        slots[head] = entry
        count += 1
    }

    mutating func removeFirst() -> JournalEntry? {
        guard count > 0 else { return nil }
        let entry = slots[head].take()
        head = (head + 1) & (slots.count - 1)
        count -= 1
        if count == 0, slots.count > Self.retainedCapacity { self = EntryRing() }
        return entry
    }

    /// The number of slots is a power of two, so that going round is an AND.
    private mutating func growIfFull() {
        guard count == slots.count else { return }
        var larger: [JournalEntry?] = []
        larger.reserveCapacity(max(64, 2 * slots.count))
        for offset in 0..<count { larger.append(slots[(head + offset) & (slots.count - 1)]) }
        while larger.count < max(64, 2 * count) { larger.append(nil) }
        slots = larger
        head = 0
    }
}
