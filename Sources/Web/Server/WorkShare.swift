import Clocks

/// How much of one connection's input is handled before the other connections have their share.
struct WorkShare: Hashable, Sendable {
    /// Input is read in pieces of this size.
    static let inputBytes = 16_384
    /// When this much output is queued, it is sent before more is produced.
    static let outputBytes = 65_536
    /// How much queued output is sent before the other connections have their share.
    static let sentBytes = 262_144
    static let requests = 32
    static let time = Nanoseconds.microseconds(250)

    private var requestsLeft: Int
    private let end: MonotonicTime

    init(at now: MonotonicTime) {
        requestsLeft = Self.requests
        end = now + Self.time
    }

    /// Whether another request or message may be handled.
    var isOpen: Bool { requestsLeft > 0 }

    /// Counts a request or message that has been handled.
    mutating func count(at now: MonotonicTime) {
        requestsLeft = now < end ? requestsLeft - 1 : 0
    }
}
