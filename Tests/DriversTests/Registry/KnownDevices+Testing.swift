import Clocks
import Events

@testable import Drivers

extension Moment {
    /// Seconds on both clocks; the wall's began long ago.
    static func at(_ seconds: Int64) -> Self {
        Self(
            monotonic: MonotonicTime(nanoseconds: seconds * 1_000_000_000),
            wall: WallTime(nanoseconds: (1_790_000_000 + seconds) * 1_000_000_000))
    }
}

extension KnownDevices {
    @discardableResult
    mutating func discover(
        _ id: DeviceID, _ family: DeviceFamily = .amgCommander, by transport: DeviceTransport = .bluetooth,
        at seconds: Int64
    ) -> Sighting {
        recordSighting(
            id, family: family, name: "AMG Lab COMM DC1A", transport: transport, signal: -60, at: .at(seconds))
    }
}
