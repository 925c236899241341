import Clocks

/// Whose turn it is to be connected to: one after the other, each when its time has come, and nobody scans meanwhile. The
/// radio can only do one of these, and asking it for all at once makes every one of them slower.
package struct ConnectionScheduler<Device: Hashable & Sendable>: Sendable {
    private var waiting: [(device: Device, earliest: MonotonicTime)] = []
    /// Who is being connected to, until `finished` says otherwise.
    package private(set) var current: Device?

    package static var capacity: Int { 64 }

    package init() {}

    package var count: Int { waiting.count }

    /// When somebody's time comes; nil while somebody is being connected to, or nobody waits.
    package var deadline: MonotonicTime? {
        current == nil ? waiting.map(\.earliest).min() : nil
    }

    /// Whether the air is free for a scan: nobody is being connected to.
    package var allowsScan: Bool { current == nil }

    /// A device that waits already waits until the new time; one whose turn it is needs no other. False when too many wait.
    @discardableResult
    package mutating func schedule(_ device: Device, at earliest: MonotonicTime) -> Bool {
        guard device != current else { return true }
        remove(device)
        guard waiting.count < Self.capacity else { return false }
        waiting.append((device, earliest))
        return true
    }

    package mutating func remove(_ device: Device) {
        waiting.removeAll { $0.device == device }
    }

    /// Whom to connect to now: of those whose time has come, whoever has waited for longest.
    package mutating func next(at now: MonotonicTime) -> Device? {
        guard current == nil,
            let place = waiting.indices.filter({ waiting[$0].earliest <= now })
                .min(by: { (waiting[$0].earliest, $0) < (waiting[$1].earliest, $1) })
        else { return nil }
        current = waiting.remove(at: place).device
        return current
    }

    /// The attempt has ended, in whatever way.
    package mutating func finish(_ device: Device) {
        if current == device { current = nil }
    }
}
