/// Changes that wait for the disk, in order and bounded. A later change to the same thing takes the place of an earlier
/// one, so a disk that is away for long costs no more than all things changed once.
package struct RangeWriteQueue: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Above these the oldest changes that are not precious go,
        package var changes = 5_000
        package var bytes = 8 << 20
        /// and above these the oldest of all.
        package var hardChanges = 20_000
        package var hardBytes = 24 << 20

        package init() {}
    }

    private let limits: Limits
    private var changes: [RangeWrite.Key: RangeWrite] = [:]
    private var order: [RangeWrite.Key] = []
    package private(set) var bytes = 0
    /// Changes that were lost for want of room.
    package private(set) var dropped = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package var count: Int { changes.count }
    package var isEmpty: Bool { changes.isEmpty }

    package mutating func add(_ change: RangeWrite) {
        if case .forgetInputs(let number) = change { removeInputs(through: number) }
        replace(change)
        enforceLimits()
    }

    /// Takes the oldest changes, at most so many bytes of them, and at least one if there is any.
    package mutating func dequeue(maximumBytes: Int) -> [RangeWrite] {
        var taken: [RangeWrite] = []
        var takenBytes = 0
        for key in order {
            guard let change = changes[key] else { continue }
            takenBytes += change.weight
            guard taken.isEmpty || takenBytes <= maximumBytes else { break }
            taken.append(change)
        }
        order.removeFirst(taken.count)
        for change in taken {
            changes[change.key] = nil
            bytes -= change.weight
        }
        return taken
    }

    /// Puts back what could not be written; what has come in since then for the same things is newer.
    package mutating func requeue(_ taken: [RangeWrite]) {
        let old = taken.filter { changes[$0.key] == nil }
        for change in old {
            changes[change.key] = change
            bytes += change.weight
        }
        order.insert(contentsOf: old.map(\.key), at: 0)
        enforceLimits()
    }

    private mutating func replace(_ change: RangeWrite) {
        let key = change.key
        if let old = changes[key] {
            bytes -= old.weight
            // What is forgotten stays behind what it forgets.
            if case .forgetInputs = change {
                order.removeAll { $0 == key }
                order.append(key)
            }
        } else {
            order.append(key)
        }
        changes[key] = change
        bytes += change.weight
    }

    private mutating func removeInputs(through number: Int64) {
        remove { if case .input(let other, _) = $0 { other <= number } else { false } }
    }

    private mutating func enforceLimits() {
        if count > limits.changes || bytes > limits.bytes {
            drop(downTo: limits.changes, limits.bytes) { !$0.isEssential }
        }
        if count > limits.hardChanges || bytes > limits.hardBytes {
            drop(downTo: limits.hardChanges, limits.hardBytes) { _ in true }
        }
    }

    private mutating func drop(downTo mostChanges: Int, _ mostBytes: Int, _ mayGo: (RangeWrite) -> Bool) {
        // A quarter more than needed, so that a full queue is not looked through for every change.
        let (count, bytes) = (mostChanges - mostChanges / 4, mostBytes - mostBytes / 4)
        var left = (count: self.count, bytes: self.bytes)
        dropped += remove { change in
            guard left.count > count || left.bytes > bytes, mayGo(change) else { return false }
            left = (left.count - 1, left.bytes - change.weight)
            return true
        }
    }

    @discardableResult
    private mutating func remove(_ goes: (RangeWrite) -> Bool) -> Int {
        var kept: [RangeWrite.Key] = []
        kept.reserveCapacity(order.count)
        for key in order {
            guard let change = changes[key], goes(change) else {
                kept.append(key)
                continue
            }
            changes[key] = nil
            bytes -= change.weight
        }
        defer { order = kept }
        return order.count - kept.count
    }
}
