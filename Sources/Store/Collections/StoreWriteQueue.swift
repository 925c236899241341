/// The changes that wait for the disk, in order and bounded. A later change to the same thing replaces an earlier one,
/// so a long outage costs no more memory than each thing changed once.
package struct StoreWriteQueue: Sendable {
    package struct Limits: Equatable, Sendable {
        /// Above these the oldest changes that are not essential are dropped,
        package var changes = 5_000
        package var bytes = 8 << 20
        /// and above these the oldest of all.
        package var hardChanges = 20_000
        package var hardBytes = 24 << 20

        package init() {}
    }

    private let limits: Limits
    private var changes: [StoreWrite.Key: StoreWrite] = [:]
    private var order: [StoreWrite.Key] = []
    package private(set) var bytes = 0
    package private(set) var dropped = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package var count: Int { changes.count }
    package var isEmpty: Bool { changes.isEmpty }

    package mutating func add(_ change: StoreWrite) {
        if case .deleteInputs(let number) = change { removeInputs(through: number) }
        replace(change)
        enforceLimits()
    }

    /// Removes and returns the oldest changes: at most this many bytes of them, but at least one if there is any.
    package mutating func dequeue(maximumBytes: Int) -> [StoreWrite] {
        var batch: [StoreWrite] = []
        var batchBytes = 0
        for key in order {
            guard let change = changes[key] else { continue }
            batchBytes += change.weight
            guard batch.isEmpty || batchBytes <= maximumBytes else { break }
            batch.append(change)
        }
        order.removeFirst(batch.count)
        for change in batch {
            changes[change.key] = nil
            bytes -= change.weight
        }
        return batch
    }

    /// Puts dequeued changes back in front, after their commit has failed. Later changes to the same things win.
    package mutating func requeue(_ batch: [StoreWrite]) {
        let old = batch.filter { changes[$0.key] == nil }
        for change in old {
            changes[change.key] = change
            bytes += change.weight
        }
        order.insert(contentsOf: old.map(\.key), at: 0)
        enforceLimits()
    }

    private mutating func replace(_ change: StoreWrite) {
        let key = change.key
        if let old = changes[key] {
            bytes -= old.weight
            // The deletion of inputs stays behind the inputs that it deletes.
            if case .deleteInputs = change {
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

    private mutating func drop(
        downTo maximumChanges: Int, _ maximumBytes: Int, _ isDroppable: (StoreWrite) -> Bool
    ) {
        // A quarter more than needed, so that a full queue is not searched for every change.
        let (count, bytes) = (maximumChanges - maximumChanges / 4, maximumBytes - maximumBytes / 4)
        var left = (count: self.count, bytes: self.bytes)
        dropped += remove { change in
            guard left.count > count || left.bytes > bytes, isDroppable(change) else { return false }
            left = (left.count - 1, left.bytes - change.weight)
            return true
        }
    }

    @discardableResult
    private mutating func remove(_ isRemoved: (StoreWrite) -> Bool) -> Int {
        var remaining: [StoreWrite.Key] = []
        remaining.reserveCapacity(order.count)
        for key in order {
            guard let change = changes[key], isRemoved(change) else {
                remaining.append(key)
                continue
            }
            changes[key] = nil
            bytes -= change.weight
        }
        defer { order = remaining }
        return order.count - remaining.count
    }
}
