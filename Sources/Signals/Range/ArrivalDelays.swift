import Events

/// How long a timer's word takes until it arrives: what is believed of it before anything was heard.
///
/// Of a real timer, six shots of a string arrived within 44 ms of each other, of another within 52 ms, with deviations of
/// 18 and 22 ms. So a word is under way for any time between `least` and `most`, seldom longer, and never shorter. Whether
/// all of these are alike, or gather at both ends, twelve arrivals do not show: half of the belief is in either. A shot's
/// time is cut to hundredths, so what was cut off comes on top; the beep's time is zero.
package struct ArrivalDelays: Hashable, Sendable {
    private let ofBeep: ArrivalCurve
    private let ofShots: ArrivalCurve

    private static let hundredth = 10.0
    /// The timer is asked three times a second while a string runs.
    private static let pollingInterval = 300.0

    /// - Parameters:
    ///   - least: in milliseconds, and so is `most`.
    package init(minimum: Double = 4, maximum: Double = 60) {
        ofBeep = ArrivalCurve(from: minimum, through: maximum, cut: 0)
        ofShots = ArrivalCurve(from: minimum, through: maximum, cut: Self.hundredth)
    }

    /// Later than that is out of the question as long as nothing better has been heard.
    func maximumDelay(isPushed: Bool) -> Double {
        isPushed ? ofShots.latest : ofShots.latest + Self.pollingInterval
    }

    /// The logarithm of how likely such a delay is, compared with others.
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

/// How likely each delay is, from the shortest to the longest, and how unlikely those beyond.
struct ArrivalCurve: Hashable, Sendable {
    let earliest: Double
    let latest: Double
    /// Logarithms, by half milliseconds from the earliest on.
    private let inside: [Double]

    private static let step = 0.5
    private static let edge = 1.5
    private static let farEdge = 2.0

    /// - Parameter cut: what is added to each delay: anything from nothing to that.
    init(from least: Double, through most: Double, cut: Double) {
        earliest = least
        latest = most + cut
        let width = most - least
        let blur = max(cut, 2 * Self.step)
        inside = (0..<max(1, Int((width + cut) / Self.step))).map { index in
            // With nothing to add, the bin itself is what blurs.
            let end = (Double(index) + 0.5) * Self.step + (cut > 0 ? 0 : Self.step)
            let share = Self.share(end / width) - Self.share((end - blur) / width)
            return Probability.logarithm(max(share * width / blur, 0.02))
        }
    }

    func likelihood(of delay: Double) -> Double {
        let place = Int(((delay - earliest) / Self.step).rounded(.down))
        if inside.indices.contains(place) { return inside[place] }
        // Beyond the ends it is as unlikely for words that gather there.
        return min(0, inside[place < 0 ? 0 : inside.count - 1])
            + Self.edges(of: delay, earliest: earliest, latest: latest)
    }

    /// Too early is impossible. Too late happens once in a while, when the air is busy.
    static func edges(of delay: Double, earliest: Double, latest: Double) -> Double {
        if delay < earliest {
            let missing = (earliest - delay) / edge
            return max(-0.5 * missing * missing, -40 - missing)
        }
        guard delay > latest else { return 0 }
        let late = delay - latest
        return max(-0.5 * (late / farEdge) * (late / farEdge), -4 - late / 150)
    }

    /// The share of words that are under way for no longer than a part of the width: half of it as if all were alike, half
    /// as if they gathered at both ends like the places of a swing.
    private static func share(_ part: Double) -> Double {
        let part = min(max(part, 0), 1)
        return 0.5 * part + 0.5 * Probability.arcsineDistribution(part)
    }
}
