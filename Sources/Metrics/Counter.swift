import Reactor

/// Counts what happened, since the start.
@ReactorActor
package final class Counter {
    package private(set) var value: UInt64 = 0

    package init() {}

    package func add(_ amount: Int = 1) {
        value &+= UInt64(amount)
    }
}
