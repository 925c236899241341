import Clocks

/// What arrives from a virtual device at the other end of its connection, and when, since it was switched on.
package struct VirtualDelivery: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A message, or a piece of the stream.
        case bytes([UInt8])
        case linkLost
    }

    package let time: Nanoseconds
    package let content: Content

    init(_ time: Nanoseconds, _ bytes: [UInt8]) {
        self.time = time
        content = .bytes(bytes)
    }

    init(linkLostAt time: Nanoseconds) {
        self.time = time
        content = .linkLost
    }
}

/// A virtual device that is connected, and listened to: all that arrives, in order. Nobody waits here; whoever wants the
/// device's pace keeps to the times.
package protocol DeliverySource: Sendable {
    /// Nil when nothing will ever come again.
    mutating func next() -> VirtualDelivery?
}
