import Clocks
import Events

/// The latest samples of one phone, per quantity and in the order of the phone's clock, whatever the order of arrival.
package struct MotionBuffer: Sendable {
    package struct Sample: Hashable, Sendable {
        package let time: WallTime
        package let vector: Vector3

        package init(time: WallTime, vector: Vector3) {
            self.time = time
            self.vector = vector
        }
    }

    package struct Limits: Hashable, Sendable {
        package var samples = 20_000
        package var age = Nanoseconds.seconds(60)

        package init() {}
    }

    private let limits: Limits
    /// By the quantity's index.
    private var series = [Series](repeating: Series(), count: MotionEvent.Quantity.allCases.count)
    /// How often the phone's clock was set back by more than the buffer's age; the buffer then begins again.
    package private(set) var clockResets = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package func samples(of quantity: MotionEvent.Quantity) -> ArraySlice<Sample> {
        series[quantity.index].samples
    }

    package var quantities: [MotionEvent.Quantity] {
        MotionEvent.Quantity.allCases.filter { !series[$0.index].samples.isEmpty }
    }

    package var newest: WallTime? { series.lazy.compactMap(\.newest).max() }

    /// The samples after `time`: those that a viewer has not seen yet.
    package func samples(of quantity: MotionEvent.Quantity, after time: WallTime) -> ArraySlice<Sample> {
        let series = series[quantity.index]
        return series.samples[series.index(after: time)...]
    }

    package func samples(of quantity: MotionEvent.Quantity, from time: WallTime) -> ArraySlice<Sample> {
        samples(of: quantity, after: time - Nanoseconds(1))
    }

    /// Adds the readings of a message and returns how many were new; a sample with the time of another one is a repetition.
    @discardableResult
    package mutating func insert(_ readings: [MotionEvent.Reading]) -> Int {
        guard let latest = readings.lazy.map(\.time).max() else { return 0 }
        if let newest, newest - latest > limits.age {
            series = Array(repeating: Series(), count: series.count)
            clockResets += 1
        }
        let inserted = series.withUnsafeMutableBufferPointer { series in
            readings.count { reading in
                series[reading.quantity.index].insert(Sample(time: reading.time, vector: reading.vector))
            }
        }
        evict()
        return inserted
    }

    /// In bulk, an eighth at a time, so that a steady stream does not remove samples one by one.
    private mutating func evict() {
        guard let newest else { return }
        let oldest = newest - limits.age
        for index in series.indices {
            guard let first = series[index].samples.first else { continue }
            let surplus = series[index].samples.count - limits.samples
            let expired = first.time < oldest ? series[index].count(until: oldest) : 0
            if surplus > 0 || expired > limits.samples / 8 {
                series[index].removeFirst(
                    max(expired, surplus > 0 ? surplus + limits.samples / 8 : 0), slack: limits.samples / 2)
            }
        }
    }
}

/// The samples of one quantity, in the order of time.
private struct Series: Sendable {
    private var stored: [MotionBuffer.Sample] = []
    /// Samples before this one are removed. Their memory is reused once there is enough of it, because the others move.
    private var first = 0

    var samples: ArraySlice<MotionBuffer.Sample> { stored[first...] }
    var newest: WallTime? { stored.last?.time }

    /// Returns false for a sample with the time of another one.
    mutating func insert(_ sample: MotionBuffer.Sample) -> Bool {
        guard first < stored.count, let newest, sample.time <= newest else {
            stored.append(sample)
            return true
        }
        let index = index(after: sample.time)
        if index > first, stored[index - 1].time == sample.time { return false }
        stored.insert(sample, at: index)
        return true
    }

    /// The first sample that is later than `time`.
    func index(after time: WallTime) -> Int {
        var (low, high) = (first, stored.count)
        while low < high {
            let middle = (low + high) / 2
            if stored[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func count(until time: WallTime) -> Int { index(after: time) - first }

    /// - Parameter slack: how much memory may be unused, in samples.
    mutating func removeFirst(_ count: Int, slack: Int) {
        first += count
        guard first == stored.count || first > slack else { return }
        stored.removeFirst(first)
        first = 0
    }
}

extension MotionEvent.Quantity {
    fileprivate var index: Int {
        switch self {
        case .acceleration: 0
        case .rotation: 1
        case .rawAcceleration: 2
        case .rawRotation: 3
        case .wristRotation: 4
        }
    }
}

extension MotionBuffer {
    /// At most `2 * buckets` samples that draw the same curve: the least and the greatest value of each axis in each
    /// bucket, so that no peak is lost.
    package static func decimate(_ samples: ArraySlice<Sample>, buckets: Int) -> [Sample] {
        guard samples.count > 2 * buckets else { return Array(samples) }
        var result: [Sample] = []
        result.reserveCapacity(2 * buckets)
        for bucket in 0..<buckets {
            let start = samples.startIndex + samples.count * bucket / buckets
            let end = samples.startIndex + samples.count * (bucket + 1) / buckets
            let part = samples[start..<end]
            guard let first = part.first, let last = part.last else { continue }
            var (low, high) = (first.vector, first.vector)
            for sample in part {
                let vector = sample.vector
                low = Vector3(x: min(low.x, vector.x), y: min(low.y, vector.y), z: min(low.z, vector.z))
                high = Vector3(x: max(high.x, vector.x), y: max(high.y, vector.y), z: max(high.z, vector.z))
            }
            result.append(Sample(time: first.time, vector: low))
            result.append(Sample(time: last.time, vector: high))
        }
        return result
    }
}
