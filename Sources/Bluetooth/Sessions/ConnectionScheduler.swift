import Clocks

/// Schedules connection attempts: one at a time, each not before its time. The radio cannot make several connections or
/// scan at the same time without slowing all of them down.
package struct ConnectionScheduler<Device: Hashable & Sendable>: Sendable {
    private var waiting: [(device: Device, earliest: MonotonicTime)] = []
    /// The device being connected to, until `finish`.
    package private(set) var current: Device?

    package static var capacity: Int { 64 }

    package init() {}

    package var count: Int { waiting.count }

    /// When the next attempt is due; nil while one is running or none is scheduled.
    package var deadline: MonotonicTime? {
        current == nil ? waiting.map(\.earliest).min() : nil
    }

    /// Schedules an attempt, replacing an earlier one for the same device. Ignored for the current device. Returns
    /// false if the queue is full.
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

    /// Starts the attempt that has been due for longest.
    package mutating func next(at now: MonotonicTime) -> Device? {
        guard current == nil,
            let place = waiting.indices.filter({ waiting[$0].earliest <= now })
                .min(by: { (waiting[$0].earliest, $0) < (waiting[$1].earliest, $1) })
        else { return nil }
        current = waiting.remove(at: place).device
        return current
    }

    /// The attempt has ended, successfully or not.
    package mutating func finish(_ device: Device) {
        if current == device { current = nil }
    }
}

/// The delay before the next connection attempt: none after a stable link, because many devices advertise only briefly,
/// then exponential back-off with jitter.
package struct ReconnectPolicy: Sendable {
    /// A link of this duration was stable.
    package static let stableLinkDuration = Nanoseconds.seconds(10)
    package static let initialDelay = Nanoseconds.seconds(1)
    package static let maximumDelay = Nanoseconds.seconds(60)

    /// Failed attempts and unstable links since the last stable link.
    package private(set) var failures = 0
    private var backoff = Backoff(first: initialDelay, limit: maximumDelay)

    package init() {}

    /// Returns the delay after a failed attempt or the end of a link.
    /// - Parameters:
    ///   - duration: how long the session was ready; nil if it never was.
    package mutating func nextDelay(
        readyFor duration: Nanoseconds?, using random: inout some RandomNumberGenerator
    ) -> Nanoseconds {
        if let duration, duration >= Self.stableLinkDuration {
            failures = 0
            backoff.reset()
        }
        defer { failures += 1 }
        guard failures > 0 else { return .zero }
        let delay = backoff.nextDelay()
        // Jitter of a quarter, so that sensors that were disconnected together do not reconnect in step.
        return Nanoseconds(.random(in: delay.count * 3 / 4...delay.count * 5 / 4, using: &random))
    }
}
