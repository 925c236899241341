import Events

/// Finds the delay of sensors of which nothing was learnt yet: the one that makes the most shots and impacts of a string
/// fit together. A delay off by one split fits almost as well when shots are evenly spaced, so the next best counts.
struct DelaySearch {
    /// How much one impact that fits says for a delay.
    private static let fitScore = 3.0
    /// Delays this close are one, in seconds.
    private static let minimumSeparation = 0.035
    private static let step = 0.004
    /// Within this, a pair supports a delay in full; beyond twice this not at all.
    private static let reach = 0.014
    /// Sensors of one range differ by about that much.
    private static let usualDifference = 0.05

    /// What that says for a delay: that a sensor is unlike all others happens once in a hundred times.
    private static let similarityScore = 4.5

    private let shots: [Double]
    /// What other sensors of this range have taught, if any.
    private let known: [Double]

    init(shots: [PairingShot], models: [DeviceID: DelayModel]) {
        self.shots = shots.map(\.time).sorted()
        known = models.values.filter(\.isLearnt).map(\.mean)
    }

    /// - Parameters:
    ///   - impacts: all of one sensor, or of several that are thought to be alike.
    ///   - near: where the delay is thought to be; nil when nobody knows.
    func guess(_ impacts: [PairingImpact], near: Double? = nil) -> DelayGuess? {
        let support = support(of: impacts)
        guard let highest = support.max(), highest > 0 else { return nil }
        let scores = support.enumerated().map { index, fits in
            Self.fitScore * fits + prior(Self.delay(index), near)
        }
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }) else { return nil }
        let width = Int(Self.minimumSeparation / Self.step)
        // What speaks for something else: all other delays that are better than those around them.
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

    /// How many impacts fit with a known delay, and how many with the best there is.
    func support(of impacts: [PairingImpact], at delay: Double) -> (known: Double, best: Double) {
        let support = support(of: impacts)
        let place = Int(((delay - DelayModel.possible.lowerBound) / Self.step).rounded())
        guard support.indices.contains(place) else { return (0, 0) }
        let near = support[max(0, place - 5)...min(support.count - 1, place + 5)].max() ?? 0
        return (near, support.max() ?? 0)
    }

    private static func delay(_ index: Int) -> Double { DelayModel.possible.lowerBound + Double(index) * step }

    /// For each delay, how many impacts would have a shot.
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
        return support
    }

    /// Short delays are likelier than long ones; those like other sensors' are the likeliest.
    private func prior(_ delay: Double, _ near: Double?) -> Double {
        if let near {
            let distance = (delay - near) / Self.usualDifference
            return max(-0.5 * distance * distance, -6)
        }
        let general = -abs(delay - 0.1) * 1.5
        let alike = known.map { -0.5 * ((delay - $0) / Self.usualDifference) * ((delay - $0) / Self.usualDifference) }
        return max(general, (alike.max() ?? -10) + Self.similarityScore)
    }

    /// The median of what supports a delay.
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
