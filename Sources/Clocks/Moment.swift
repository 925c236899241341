/// One moment on both clocks: the monotonic one to compute with, the wall clock to show.
package struct Moment: Hashable, Sendable {
    package let monotonic: MonotonicTime
    package let wall: WallTime

    package init(monotonic: MonotonicTime, wall: WallTime) {
        self.monotonic = monotonic
        self.wall = wall
    }

    /// Take it where bytes enter the process.
    package static func now() -> Self {
        Self(monotonic: SystemClock.monotonic(), wall: SystemClock.wall())
    }
}
