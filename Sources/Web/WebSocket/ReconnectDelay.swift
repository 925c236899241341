import Clocks

/// How long a client waits before it connects again: 2 s, growing by half with each failure up to 30 s.
package struct ReconnectDelay: Hashable, Sendable {
    package static let first = Nanoseconds.seconds(2)
    package static let longest = Nanoseconds.seconds(30)

    private var next = first

    package init() {}

    /// The delay after a failed attempt or a lost connection.
    package mutating func failed() -> Nanoseconds {
        defer { next = min(Nanoseconds(next.count * 3 / 2), Self.longest) }
        return next
    }

    package mutating func connected() { next = Self.first }
}
