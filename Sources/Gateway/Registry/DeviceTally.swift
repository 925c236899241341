import Clocks
import Reactor

/// Counts what one device says: a handle for those who hear it often, so that no name is looked up for each frame.
@ReactorActor
final class DeviceTally {
    private var heard: UInt64 = 0
    private var refused: UInt64 = 0
    private var lastHeard: Moment?

    func heard(_ count: Int = 1, at moment: Moment) {
        heard &+= UInt64(truncatingIfNeeded: count)
        lastHeard = moment
    }

    func refused(_ count: Int = 1) {
        refused &+= UInt64(truncatingIfNeeded: count)
    }

    /// What was counted since the last time.
    func take() -> (heard: UInt64, refused: UInt64, lastHeard: Moment?) {
        defer { (heard, refused, lastHeard) = (0, 0, nil) }
        return (heard, refused, lastHeard)
    }
}
