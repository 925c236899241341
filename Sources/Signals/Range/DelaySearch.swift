import Events

/// Estimates the delay of sensors without a learned one: the delay for which most shots and impacts of a string match.
/// With evenly spaced shots, a delay that is off by one split matches almost as well, so the runners-up count against
/// the confidence.
struct DelaySearch {
    /// Log odds per matching impact.
    private static let fitScore = 3.0
    /// Closer delays count as the same, in seconds.
    private static let minimumSeparation = 0.035
    private static let step = 0.004
    /// A pair within this distance supports a delay fully; beyond twice this, not at all. In seconds.
    private static let reach = 0.014
    /// Typical difference between the sensors of a range, in seconds.
    private static let usualDifference = 0.05

    /// Log odds in favour of a delay similar to other sensors: one in a hundred sensors differs.
    private static let similarityScore = 4.5

    /// Support by a late impact, and the longest lateness in seconds.
    private static let lateFit = 0.5
    private static let lateness = 0.25

    private let shots: [Double]
    /// The learned delays of other sensors on this range.
    private let known: [Double]

    init(shots: [PairingShot], models: [DeviceID: DelayModel]) {
        self.shots = shots.map(\.time).sorted()
        known = models.values.filter(\.isLearnt).map(\.mean)
    }

    /// - Parameters:
    ///   - impacts: all of one sensor, or of several sensors that are assumed similar.
    ///   - near: the expected delay; nil if unknown.
    func guess(_ impacts: [PairingImpact], near: Double? = nil) -> DelayGuess? {
        let support = support(of: impacts)
        guard let highest = support.max(), highest > 0 else { return nil }
        let scores = support.enumerated().map { index, fits in
            Self.fitScore * fits + prior(Self.delay(index), near)
        }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else { return nil }
        let width = Int(Self.minimumSeparation / Self.step)
        // Competing explanations: all other local maxima.
        let rivals = scores.indices.filter { place in
            guard abs(place - best) > width, support[place] >= 0.5, scores[place] > scores[best] - 15 else {
                return false
            }
            return scores[max(0, place - width)...min(scores.count - 1, place + width)].allSatisfy {
                $0 <= scores[place]
            }
        }
        let against = rivals.reduce(0) { $0 + Probability.exponential(scores[$1] - scores[best]) }
        return DelayGuess(delay: centre(of: Self.delay(best), impacts), confidence: 1 / (1 + against))
    }

    /// The number of matching impacts at a delay near `delay`, and at the best delay.
    func support(of impacts: [PairingImpact], at delay: Double) -> (known: Double, best: Double) {
        let support = support(of: impacts)
        let place = Int(((delay - DelayModel.possible.lowerBound) / Self.step).rounded())
        guard support.indices.contains(place) else { return (0, 0) }
        let near = support[max(0, place - 5)...min(support.count - 1, place + 5)].max() ?? 0
        return (near, support.max() ?? 0)
    }

    private static func delay(_ index: Int) -> Double { DelayModel.possible.lowerBound + Double(index) * step }

    /// For each candidate delay, the number of impacts with a matching shot.
    private func support(of impacts: [PairingImpact]) -> [Double] {
        let range = DelayModel.possible
        let count = Int((range.upperBound - range.lowerBound) / Self.step) + 1
        var support = [Double](repeating: 0, count: count)
        var own = support
        for impact in impacts {
            var touched = (first: count, last: -1)
            for shot in shots {
                let delay = impact.time - shot
                guard range.contains(delay) else { continue }
                let reach = Self.reach + impact.error
                let first = max(0, Int((delay - 2 * reach - range.lowerBound) / Self.step))
                let last = min(count - 1, Int((delay + 2 * reach - range.lowerBound) / Self.step))
                guard first <= last else { continue }
                for index in first...last {
                    let distance = abs(Self.delay(index) - delay)
                    own[index] = max(
                        own[index],
                        distance <= reach ? 1 - 0.2 * distance / reach : max(0, 1.6 - 0.8 * distance / reach))
                }
                touched = (min(touched.first, first), max(touched.last, last))
            }
            guard touched.first <= touched.last else { continue }
            for index in touched.first...touched.last {
                support[index] += own[index]
                own[index] = 0
            }
        }
        addLateImpacts(impacts, to: &support)
        return support
    }

    /// A sensor's first impact may be late, so it partly supports an earlier delay that another impact supports.
    private func addLateImpacts(_ impacts: [PairingImpact], to support: inout [Double]) {
        let others = support
        let first = Dictionary(grouping: impacts, by: \.sensor).values.compactMap { $0.min { $0.time < $1.time } }
        for impact in first {
            let delays = shots.map { impact.time - $0 }
            let reach = 2 * (Self.reach + impact.error)
            for (index, fits) in others.enumerated() where fits >= 0.8 {
                let late = delays.lazy.map { $0 - Self.delay(index) }
                if !late.contains(where: { abs($0) <= reach }), late.contains(where: { $0 > 0 && $0 <= Self.lateness })
                {
                    support[index] += Self.lateFit
                }
            }
        }
    }

    /// Short delays are more likely than long ones; delays similar to other sensors are the most likely.
    private func prior(_ delay: Double, _ near: Double?) -> Double {
        if let near {
            let distance = (delay - near) / Self.usualDifference
            return max(-0.5 * distance * distance, -6)
        }
        let general = -abs(delay - 0.1) * 1.5
        var alike = known.isEmpty ? -10 : -Double.infinity
        for other in known {
            let distance = (delay - other) / Self.usualDifference
            alike = max(alike, -0.5 * distance * distance)
        }
        return max(general, alike + Self.similarityScore)
    }

    /// The median of the pairs that support a delay.
    private func centre(of delay: Double, _ impacts: [PairingImpact]) -> Double {
        var delays: [Double] = []
        for impact in impacts {
            let nearest = shots.map { impact.time - $0 }.min { abs($0 - delay) < abs($1 - delay) }
            if let nearest, abs(nearest - delay) <= 2 * Self.reach + impact.error { delays.append(nearest) }
        }
        delays.sort()
        return delays.isEmpty ? delay : (delays[(delays.count - 1) / 2] + delays[delays.count / 2]) / 2
    }
}
