import Events

/// Posterior weights over pairs of start offset and clock rate. Offsets are in milliseconds, times in seconds, rates in
/// milliseconds per second (1e-3).
struct ClockGrid: Hashable, Sendable {
    /// Timers use quartz clocks: 0.1 ms/s is a large error, and more than 0.3 does not occur.
    private static let usualRate = 0.1
    private static let maximumRate = 0.3
    /// Distance between rates, in ms at the end of the string: fine enough not to matter.
    private static let rateStep = 4.0

    /// Resolution of the likelihood table, in milliseconds.
    private static let grain = 0.5

    private let maximumTime: Double
    private let earliest: Double
    private let firstOffset: Double
    private let offsetStep: Double
    private let offsets: Int
    private let rates: [Double]
    /// Log weights, by rate, then by offset.
    private var weights: [Double]
    private var mean = Mean()
    private var variance = Variance()

    private struct Mean: Hashable {
        var offset = 0.0
        var rate = 0.0
    }

    private struct Variance: Hashable {
        var offset = 0.0
        var rate = 0.0
        var both = 0.0
    }

    /// - Parameters:
    ///   - earliest: the smallest difference of arrival and time.
    ///   - longest: the largest time.
    ///   - reach: the largest expected delay.
    init(earliest: Double, longest: Double, reach: Double) {
        self.earliest = earliest
        // Leaves headroom so that the grid is rebuilt only a few times per string.
        self.maximumTime = max(8, longest * 2)
        offsetStep = self.maximumTime > 64 ? 2 : 1
        let drift = Self.maximumRate * self.maximumTime
        firstOffset = earliest - reach - drift - 10
        offsets = Int((reach + 2 * drift + 12) / offsetStep) + 1
        let steps = Int((drift / Self.rateStep).rounded(.up))
        rates = (-steps...steps).map { Double($0) * Self.maximumRate / Double(max(1, steps)) }
        weights = []
        weights.reserveCapacity(rates.count * offsets)
        for rate in rates {
            let prior = -0.5 * (rate / Self.usualRate) * (rate / Self.usualRate)
            weights.append(contentsOf: repeatElement(prior, count: offsets))
        }
    }

    func covers(time: Double, residual: Double) -> Bool {
        time <= maximumTime && residual >= earliest - 8
    }

    /// Multiplies in the likelihood of an arrival. Call `updateMoments` after the last one.
    mutating func addArrival(_ residual: Double, at time: Double, _ source: TimerReportSource, _ delays: ArrivalDelays)
    {
        let first = residual - firstOffset
        let drift = (rates.last ?? 0) * time
        let least = first - drift - Double(offsets) * offsetStep
        // Tabulated once for the whole grid.
        let likelihoods = (0...Int((first + drift - least) / Self.grain) + 1).map {
            delays.likelihood(of: least + (Double($0) + 0.5) * Self.grain, isBeep: time == 0, source)
        }
        let step = Int(offsetStep / Self.grain)
        var place = 0
        for rate in rates {
            var entry = Int((first - rate * time - least) / Self.grain)
            for _ in 0..<offsets {
                weights[place] += likelihoods[entry]
                entry -= step
                place += 1
            }
        }
    }

    /// Computes mean and covariance of the weights.
    mutating func updateMoments() {
        let most = weights.max() ?? 0
        var sums = (weight: 0.0, offset: 0.0, rate: 0.0, offset2: 0.0, rate2: 0.0, both: 0.0)
        var place = 0
        for rate in rates {
            for index in 0..<offsets {
                defer { place += 1 }
                let logarithm = weights[place] - most
                guard logarithm > -20 else { continue }
                let weight = Probability.exponential(logarithm)
                let offset = Double(index) * offsetStep
                sums.weight += weight
                sums.offset += weight * offset
                sums.rate += weight * rate
                sums.offset2 += weight * offset * offset
                sums.rate2 += weight * rate * rate
                sums.both += weight * offset * rate
            }
        }
        let (offset, rate) = (sums.offset / sums.weight, sums.rate / sums.weight)
        mean = Mean(offset: firstOffset + offset, rate: rate)
        variance = Variance(
            offset: max(0, sums.offset2 / sums.weight - offset * offset),
            rate: max(0, sums.rate2 / sums.weight - rate * rate), both: sums.both / sums.weight - offset * rate)
    }

    /// The estimated offset at a time, and twice its standard deviation.
    func offset(at time: Double) -> (offset: Double, error: Double) {
        let spread = variance.offset + 2 * time * variance.both + time * time * variance.rate
        // The resolution of the grid.
        let grain = offsetStep * offsetStep / 12 + 0.5
        return (mean.offset + mean.rate * time, 2 * (max(0, spread) + grain).squareRoot())
    }
}
