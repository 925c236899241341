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
    private var series = [[Sample]](repeating: [], count: MotionEvent.Quantity.allCases.count)
    /// How often the phone's clock was set back by more than the buffer's age; the buffer then begins again.
    package private(set) var clockResets = 0

    package init(_ limits: Limits = Limits()) {
        self.limits = limits
    }

    package func samples(of quantity: MotionEvent.Quantity) -> ArraySlice<Sample> { series[quantity.index][...] }

    package var quantities: [MotionEvent.Quantity] {
        MotionEvent.Quantity.allCases.filter { !series[$0.index].isEmpty }
    }

    package var newest: WallTime? { series.compactMap { $0.last?.time }.max() }

    /// The samples after `time`: those that a viewer has not seen yet.
    package func samples(of quantity: MotionEvent.Quantity, after time: WallTime) -> ArraySlice<Sample> {
        let samples = series[quantity.index]
        return samples[Self.index(after: time, in: samples)...]
    }

    package func samples(of quantity: MotionEvent.Quantity, from time: WallTime) -> ArraySlice<Sample> {
        samples(of: quantity, after: time - Nanoseconds(1))
    }

    /// Adds the readings of a message and returns how many were new; a sample with the time of another one is a repetition.
    @discardableResult
    package mutating func insert(_ readings: [MotionEvent.Reading]) -> Int {
        guard let latest = readings.map(\.time).max() else { return 0 }
        if let newest, newest - latest > limits.age {
            series = Array(repeating: [], count: series.count)
            clockResets += 1
        }
        var inserted = 0
        for reading in readings {
            let sample = Sample(time: reading.time, vector: reading.vector)
            if Self.insert(sample, into: &series[reading.quantity.index]) { inserted += 1 }
        }
        evict()
        return inserted
    }

    private static func insert(_ sample: Sample, into samples: inout [Sample]) -> Bool {
        guard let last = samples.last, sample.time <= last.time else {
            samples.append(sample)
            return true
        }
        let index = index(after: sample.time, in: samples)
        if index > 0, samples[index - 1].time == sample.time { return false }
        samples.insert(sample, at: index)
        return true
    }

    /// The first sample that is later than `time`.
    private static func index(after time: WallTime, in samples: [Sample]) -> Int {
        var (low, high) = (0, samples.count)
        while low < high {
            let middle = (low + high) / 2
            if samples[middle].time <= time { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// In bulk, an eighth at a time, so that a steady stream does not move all samples for each message.
    private mutating func evict() {
        guard let newest else { return }
        let oldest = newest - limits.age
        for index in series.indices {
            guard let first = series[index].first else { continue }
            let surplus = series[index].count - limits.samples
            let expired = first.time < oldest ? Self.index(after: oldest, in: series[index]) : 0
            if surplus > 0 || expired > limits.samples / 8 {
                series[index].removeFirst(max(expired, surplus > 0 ? surplus + limits.samples / 8 : 0))
            }
        }
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
