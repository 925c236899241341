import Clocks
import Events

/// Passes on one frame of each mat in an interval. Of those that arrive too early, the newest is held until it is due.
struct FrameRateLimiter {
    private struct Mat {
        /// When the next frame may be sent.
        var due: MonotonicTime
        var held: Event?
    }

    let interval: Nanoseconds
    private var mats: [DeviceID: Mat] = [:]

    init(interval: Nanoseconds) {
        self.interval = interval
    }

    /// Whether the frame may be sent now. Otherwise it is held, and replaces an older one.
    mutating func admits(_ frame: Event, of mat: DeviceID, now: MonotonicTime) -> Bool {
        if let state = mats[mat], now < state.due {
            mats[mat]?.held = frame
            return false
        }
        if mats[mat] == nil { mats = mats.filter { now < $0.value.due || $0.value.held != nil } }
        mats[mat] = Mat(due: now + interval, held: nil)
        return true
    }

    /// How many mats it remembers.
    var count: Int { mats.count }

    /// When the first of the frames that are held is due; nil if there are none.
    var nextDue: MonotonicTime? { mats.values.lazy.filter { $0.held != nil }.map(\.due).min() }

    /// The frames that are due, in the order of their ids.
    mutating func takeDue(now: MonotonicTime) -> [Event] {
        var frames: [Event] = []
        for (mat, state) in mats where state.due <= now {
            mats[mat] = state.held.map {
                frames.append($0)
                return Mat(due: now + interval, held: nil)
            }
        }
        return frames.sorted { $0.stamp.id < $1.stamp.id }
    }
}
