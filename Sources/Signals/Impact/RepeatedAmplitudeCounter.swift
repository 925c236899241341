/// Some sensors compute their amplitudes only now and then, and repeat them until the next time: then a change was
/// measured at any moment since the one before.
struct RepeatedAmplitudeCounter: Sendable {
    private var last: ImpactSample.Motion?
    /// How many samples in a row have been the same so far.
    private(set) var run = 0
    /// How many samples share one value, as far as was seen while the target moved; 1 when each has its own.
    private(set) var length = 1

    /// Two equal values in a row happen by chance, when a motion ends; four do not.
    private static let minimumRun = 4

    mutating func record(_ motion: ImpactSample.Motion, isMoving: Bool) {
        defer { last = motion }
        guard motion == last else {
            if isMoving, run > 1 || length > 1 {
                // A shorter one may be the first of a motion, a longer one two values that were alike.
                length = run >= Self.minimumRun ? run : max(1, length - 1)
            }
            run = 1
            return
        }
        run += 1
        if isMoving, run >= Self.minimumRun { length = max(length, run) }
    }
}
