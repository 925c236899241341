import Events
import Glibc

/// The latency of a timer's reports: the prior distribution.
///
/// Measured on real timers: six shots of a string arrived within 44 ms of each other on one timer and within 52 ms on
/// another, with standard deviations of 18 and 22 ms. Latency is therefore modelled between `minimum` and `maximum`,
/// rarely longer and never shorter. Twelve arrivals do not show whether it is uniform or concentrated at both ends, so
/// both have half of the weight. Shot times are truncated to hundredths of a second, which adds up to 10 ms; the beep's
/// time is exactly zero.
package struct ArrivalDelays: Hashable, Sendable {
    private let ofBeep: ArrivalCurve
    private let ofShots: ArrivalCurve

    private static let hundredth = 10.0
    /// The timer is polled three times a second while a string runs.
    private static let pollingInterval = 300.0

    /// Tabulated once: every string needs it.
    package static let usual = ArrivalDelays()

    /// - Parameters:
    ///   - minimum: in milliseconds.
    ///   - maximum: in milliseconds.
    package init(minimum: Double = 4, maximum: Double = 60) {
        ofBeep = ArrivalCurve(from: minimum, through: maximum, cut: 0)
        ofShots = ArrivalCurve(from: minimum, through: maximum, cut: Self.hundredth)
    }

    /// The upper bound of delays while there is no better estimate.
    func maximumDelay(isPushed: Bool) -> Double {
        isPushed ? ofShots.latest : ofShots.latest + Self.pollingInterval
    }

    /// The log likelihood of a delay, up to a constant.
    func likelihood(of delay: Double, isBeep: Bool, _ source: TimerReportSource) -> Double {
        let curve = isBeep ? ofBeep : ofShots
        return switch source {
        case .pushed: curve.likelihood(of: delay)
        case .polled:
            ArrivalCurve.edges(of: delay, earliest: curve.earliest, latest: curve.latest + Self.pollingInterval)
        case .repaired: ArrivalCurve.edges(of: delay, earliest: curve.earliest, latest: .infinity)
        }
    }
}

/// The log likelihood of delays between the shortest and the longest, with tails beyond.
struct ArrivalCurve: Hashable, Sendable {
    let earliest: Double
    let latest: Double
    /// Log likelihoods in steps of half a millisecond, starting at `earliest`.
    private let inside: [Double]

    private static let step = 0.5
    private static let edge = 1.5
    private static let farEdge = 2.0

    /// - Parameter cut: the width of a uniform delay that is added: 0...cut.
    init(from least: Double, through most: Double, cut: Double) {
        earliest = least
        latest = most + cut
        let width = most - least
        let blur = max(cut, 2 * Self.step)
        inside = (0..<max(1, Int((width + cut) / Self.step))).map { index in
            // Without an added delay, the bin width itself is the blur.
            let end = (Double(index) + 0.5) * Self.step + (cut > 0 ? 0 : Self.step)
            let share = Self.share(end / width) - Self.share((end - blur) / width)
            return Probability.logarithm(max(share * width / blur, 0.02))
        }
    }

    func likelihood(of delay: Double) -> Double {
        let place = Int(((delay - earliest) / Self.step).rounded(.down))
        if inside.indices.contains(place) { return inside[place] }
        // Beyond the ends, the tail continues from the outermost value.
        return min(0, inside[place < 0 ? 0 : inside.count - 1])
            + Self.edges(of: delay, earliest: earliest, latest: latest)
    }

    /// Earlier than the minimum is impossible; later than the maximum is rare (busy channel).
    static func edges(of delay: Double, earliest: Double, latest: Double) -> Double {
        if delay < earliest {
            let missing = (earliest - delay) / edge
            return max(-0.5 * missing * missing, -40 - missing)
        }
        guard delay > latest else { return 0 }
        let late = delay - latest
        return max(-0.5 * (late / farEdge) * (late / farEdge), -4 - late / 150)
    }

    /// The cumulative distribution over the width: half uniform, half arcsine (concentrated at both ends).
    private static func share(_ part: Double) -> Double {
        let part = min(max(part, 0), 1)
        return 0.5 * part + 0.5 * Probability.arcsineDistribution(part)
    }
}

/// Functions for log probabilities.
enum Probability {
    static func exponential(_ value: Double) -> Double { Glibc.exp(value) }
    static func logarithm(_ value: Double) -> Double { Glibc.log(value) }

    /// The arcsine distribution function on 0...1.
    static func arcsineDistribution(_ place: Double) -> Double { Glibc.asin(place.squareRoot()) * 2 / Double.pi }

    /// The negative log density of a normal distribution.
    static func cost(of deviation: Double, variance: Double) -> Double {
        0.5 * (deviation * deviation / variance + logarithm(2 * Double.pi * variance))
    }

    /// The confidence of an option whose cost is lower than all others by `margin`.
    static func confidence(margin: Double) -> Double { 1 / (1 + exponential(-margin)) }
}
