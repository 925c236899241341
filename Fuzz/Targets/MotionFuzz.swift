import Clocks
import Events
import Signals

/// Samples of phones as they arrive, and as they are stored.
enum MotionFuzz {
    /// Samples in any order, with any times.
    static func buffer(_ input: ArraySlice<UInt8>) throws {
        var limits = MotionBuffer.Limits()
        limits.samples = 16
        var buffer = MotionBuffer(limits)
        var detector = SwingDetector()
        var clock = PhoneClock()
        var isSwinging = false
        let samples = MotionSamples(bytes: Array(input))
        let readings = (0..<samples.count).compactMap { index in
            samples[index].map {
                MotionEvent.Reading(quantity: $0.quantity, time: $0.sample.time, vector: $0.sample.vector)
            }
        }
        var rest = readings[...]
        while let first = rest.first {
            // A message has up to eight readings.
            let count = Int(truncatingIfNeeded: first.time.nanoseconds & 7) + 1
            let message = rest.prefix(count).sorted { $0.time < $1.time }
            rest = rest.dropFirst(count)
            buffer.insert(message)
            clock.receive(newest: message.last?.time ?? first.time, arrived: first.time)
            for outcome in detector.receive(message) {
                let begins = if case .began = outcome { true } else { false }
                try require(begins != isSwinging, "a swing that begins or ends twice")
                isSwinging = begins
            }
            try check(buffer, limits)
        }
        try require(clock.estimate == nil || clock.estimate.map { $0.error >= .zero } == true, "a negative error")
    }

    private static func check(_ buffer: MotionBuffer, _ limits: MotionBuffer.Limits) throws {
        for quantity in buffer.quantities {
            let samples = buffer.samples(of: quantity)
            try require(zip(samples, samples.dropFirst()).allSatisfy { $0.time < $1.time }, "not in order")
            try require(samples.count <= limits.samples, "\(samples.count) samples")
            try checkGaps(in: samples)
        }
    }

    private static func checkGaps(in samples: ArraySlice<MotionBuffer.Sample>) throws {
        let gaps = MotionGap.find(in: samples)
        let times = Set(samples.map(\.time))
        for gap in gaps {
            try require(gap.duration > MotionGap.minimum, "a gap of \(gap.duration)")
            try require(times.contains(gap.begin) && times.contains(gap.end), "a gap without its samples")
        }
        let half = samples.startIndex + samples.count / 2
        let later = MotionGap.find(in: samples, from: half)
        try require(later == Array(gaps.suffix(later.count)), "the gaps of a part differ")
    }

    /// Stored samples are read as they were written, and any bytes can be analysed.
    static func recording(_ input: ArraySlice<UInt8>) throws {
        let stored = MotionSamples(bytes: Array(input))
        let series = stored.byQuantity
        let again = MotionSamples { series[$0, default: []][...] }
        try require(again.count == series.values.reduce(0) { $0 + $1.count }, "\(again.count) samples")
        let seriesAgain = again.byQuantity
        let third = MotionSamples { seriesAgain[$0, default: []][...] }
        try require(third.bytes == again.bytes, "the samples differ")
        for samples in series.values {
            try checkGaps(in: samples[...])
            let decimated = MotionBuffer.decimate(samples[...], buckets: 4)
            try require(decimated.count <= 8, "\(decimated.count) samples")
        }
        let analysis = SwingAnalysis { series[$0, default: []][...] }
        try require((analysis.verdict == .insufficientData) == (analysis.hipDelay == nil), "\(analysis.verdict)")
    }
}
