import Clocks
import Reactor

/// Counts what one device says: a handle for those who hear it often, so that no name is looked up for each frame.
@ReactorActor
final class DeviceCounters {
    private var accepted: UInt64 = 0
    private var rejected: UInt64 = 0
    private var lastAccepted: Moment?

    func countAccepted(_ count: Int = 1, at moment: Moment) {
        accepted &+= UInt64(truncatingIfNeeded: count)
        lastAccepted = moment
    }

    func countRejected(_ count: Int = 1) {
        rejected &+= UInt64(truncatingIfNeeded: count)
    }

    /// What was counted since the last time.
    func drain() -> (heard: UInt64, refused: UInt64, lastHeard: Moment?) {
        defer { (accepted, rejected, lastAccepted) = (0, 0, nil) }
        return (accepted, rejected, lastAccepted)
    }
}
