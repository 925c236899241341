import Clocks
import Reactor

/// How spans of time are distributed over fixed buckets.
@ReactorActor
package final class Histogram {
    package let bounds: [Nanoseconds]
    /// One more than there are bounds: the last counts what is longer than all of them.
    package private(set) var counts: [UInt64]
    package private(set) var sum: Nanoseconds = .zero

    package init(bounds: [Nanoseconds] = Histogram.latencyBounds) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count + 1)
    }

    package func observe(_ span: Nanoseconds) {
        var index = 0
        while index < bounds.count, span > bounds[index] { index += 1 }
        counts[index] += 1
        sum = sum + span
    }

    /// Fine enough where our own promises lie: 0.2 ms for the middle, 1 ms for the slowest hundredth.
    package nonisolated static let latencyBounds: [Nanoseconds] = [
        10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 750, 1_000, 2_000, 5_000, 10_000, 50_000, 250_000, 1_000_000,
    ].map { .microseconds($0) }
}
