/// How raw heart readings become the rate that clients show. The standard values are those the BPM broker always had.
///
/// A value of this type is always usable: what makes no sense is refused when it is built.
package struct HeartSmoothing: Hashable, Sendable {
    /// Off: readings in range pass unchanged. History, statistics and the finger rules go on working.
    package let enabled: Bool
    /// How much a new reading weighs against the rate so far; lower is smoother.
    package let alpha: Double
    /// How far, in beats per minute, a reading may lie from the median of the recent readings before it is replaced by
    /// that median. 0 turns the test off.
    package let outlierThreshold: Double
    /// How many recent readings that median looks at. See `RecentMedian` for what follows from the number.
    package let outlierWindow: Int
    /// How many rates are kept for history and statistics.
    package let historyLength: Int
    /// The lowest rate that is believed.
    package let minimum: Double
    /// The highest rate that is believed.
    package let maximum: Double
    /// How many readings pass unchanged at the start, and again whenever a finger comes back.
    package let startupReadings: Int

    package static let standard = Self()

    package static let alphas = 0.001...1.0
    package static let outlierThresholds = 0.0...1_000.0
    package static let outlierWindows = 3...31
    package static let historyLengths = 1...1_000
    package static let rates = 1.0...1_000.0
    package static let startupCounts = 0...1_000

    private init() {
        enabled = true
        alpha = 0.3
        outlierThreshold = 15
        outlierWindow = 7
        historyLength = 100
        minimum = 40
        maximum = 200
        startupReadings = 10
    }

    package init(
        enabled: Bool = true, alpha: Double = 0.3, outlierThreshold: Double = 15, outlierWindow: Int = 7,
        historyLength: Int = 100, minimum: Double = 40, maximum: Double = 200, startupReadings: Int = 10
    ) throws(HeartSmoothingError) {
        guard Self.alphas.contains(alpha) else { throw .alpha(alpha) }
        guard Self.outlierThresholds.contains(outlierThreshold) else { throw .outlierThreshold(outlierThreshold) }
        guard Self.outlierWindows.contains(outlierWindow) else { throw .outlierWindow(outlierWindow) }
        guard Self.historyLengths.contains(historyLength) else { throw .historyLength(historyLength) }
        guard Self.rates.contains(minimum), Self.rates.contains(maximum), minimum < maximum else {
            throw .range(minimum: minimum, maximum: maximum)
        }
        guard Self.startupCounts.contains(startupReadings) else { throw .startupReadings(startupReadings) }
        self.enabled = enabled
        self.alpha = alpha
        self.outlierThreshold = outlierThreshold
        self.outlierWindow = outlierWindow
        self.historyLength = historyLength
        self.minimum = minimum
        self.maximum = maximum
        self.startupReadings = startupReadings
    }
}

/// Why smoothing settings were refused: which one, and the value it had.
package enum HeartSmoothingError: Error, Hashable {
    case alpha(Double)
    case outlierThreshold(Double)
    case outlierWindow(Int)
    case historyLength(Int)
    case range(minimum: Double, maximum: Double)
    case startupReadings(Int)
}

extension HeartSmoothingError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .alpha(let value):
            "heart smoothing alpha is \(value), but must lie in \(HeartSmoothing.alphas)"
        case .outlierThreshold(let value):
            "heart outlier threshold is \(value), but must lie in \(HeartSmoothing.outlierThresholds) (0: off)"
        case .outlierWindow(let value):
            "heart outlier window is \(value) readings, but must lie in \(HeartSmoothing.outlierWindows)"
        case .historyLength(let value):
            "heart history length is \(value), but must lie in \(HeartSmoothing.historyLengths)"
        case .range(let minimum, let maximum):
            "heart range is \(minimum) to \(maximum), but must lie in \(HeartSmoothing.rates), the minimum first"
        case .startupReadings(let value):
            "heart start-up readings are \(value), but must lie in \(HeartSmoothing.startupCounts)"
        }
    }
}
