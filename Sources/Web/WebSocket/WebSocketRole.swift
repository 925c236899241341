/// Which side of the connection we are: it decides whose frames are masked.
package enum WebSocketRole: Hashable, Sendable {
    case server
    /// Our own frames are masked with keys from this source.
    case client(WebSocketMaskSource)
}

/// Mask keys for the frames of a client: a fixed sequence from a seed that the caller draws. Masks keep scripts in a
/// browser from writing chosen bytes through a proxy; a client that runs no foreign scripts needs nothing stronger.
package struct WebSocketMaskSource: Hashable, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    /// The next key: Weyl steps, stirred until every bit depends on every other.
    mutating func next() -> UInt32 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return UInt32(truncatingIfNeeded: bits ^ bits >> 31)
    }
}
