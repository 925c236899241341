import Clocks

/// Which event it is, and when it was: taken once, where the bytes entered the process, and never changed on the way.
package struct EventStamp: Hashable, Sendable {
    /// Increases with every event of this gateway, so that clients can see order and gaps.
    package let id: UInt64
    /// When the bytes arrived, for everything that is computed from times.
    package let received: MonotonicTime
    /// The same moment as people name it.
    package let wall: WallTime
    /// What the device's own clock said, where it has one.
    package let device: DeviceTime?

    package init(id: UInt64, received: MonotonicTime, wall: WallTime, device: DeviceTime? = nil) {
        self.id = id
        self.received = received
        self.wall = wall
        self.device = device
    }

    /// When it happened, as well as we know: by the device's clock if that is mapped, else when the bytes arrived.
    package var happened: MonotonicTime {
        device?.mapped ?? received
    }

    /// `happened` as people name it.
    package var happenedWall: WallTime {
        wall + (happened - received)
    }
}
