import Clocks

/// How the journal is. The live stream goes on in every one of these.
package enum StoreHealth: Equatable, Sendable {
    /// Not opened yet.
    case starting
    case healthy
    /// Nothing reaches the disk at present: entries wait in memory, and opening is tried again and again.
    case degraded(StoreError, since: MonotonicTime)
    case closed

    package var isHealthy: Bool { self == .healthy }
}
