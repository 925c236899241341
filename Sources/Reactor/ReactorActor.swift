/// The one thread that owns the world. Sessions, surfaces and the hub are isolated to it, so that inside it they call
/// one another directly: no locks, no hops, no allocation.
@globalActor
package actor ReactorActor {
    package static let shared = ReactorActor()

    package nonisolated var unownedExecutor: UnownedSerialExecutor {
        ReactorExecutor.shared.asUnownedSerialExecutor()
    }
}
