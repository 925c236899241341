/// How raw heart readings become the displayed rate. The defaults are those of the original BPM broker.
///
/// Values of this type are always valid: the initialiser throws otherwise.
package struct HeartSmoothing: Hashable, Sendable {
    /// If false, readings in range pass unchanged. History, statistics and the finger rules still apply.
    package let enabled: Bool
    /// Weight of a new reading against the current rate; lower is smoother.
    package let alpha: Double
    /// Maximum distance, in beats per minute, of a reading from the median of recent readings; beyond it the median
    /// replaces the reading. 0 disables the check.
    package let outlierThreshold: Double
    /// Number of recent readings for that median. See `RecentMedian` for the consequences.
    package let outlierWindow: Int
    /// Number of rates in the history and the statistics.
    package let historyLength: Int
    /// The lowest valid rate.
    package let minimum: Double
    /// The highest valid rate.
    package let maximum: Double
    /// Number of readings that pass unchanged at the start and whenever a finger returns.
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

/// Which smoothing setting is invalid, and its value.
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
