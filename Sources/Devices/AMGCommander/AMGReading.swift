import Clocks

/// What the AMG Commander says: by itself at the beep, at each shot and at the end, and when it is asked.
package enum AMGReading: Hashable, Sendable {
    case push(AMGPush)
    case screen(AMGScreen)
    case list(AMGShotList)
    case text(AMGText)
    case rejected(DecoderReject)
}

extension Nanoseconds {
    /// The timer's unit of time: a hundredth of a second, never negative, at most 655.35 s.
    static func centiseconds(_ count: UInt16) -> Self {
        Self(Int64(count) * 10_000_000)
    }
}
