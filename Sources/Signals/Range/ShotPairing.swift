import Events

/// Matches shots and impacts: the most likely pairing of a whole string.
///
/// The cost of a pair is its negative log likelihood given the sensor's delay; shots without an impact and stray
/// impacts have fixed costs. The pairing of minimum total cost wins. The confidence of a pair follows from the cost of
/// the best pairing without it; pairs below `minimumConfidence` are left unpaired.
package struct ShotPairing: Sendable {
    /// Further shots and impacts are ignored.
    package static let maximumShots = 255
    package static let maximumImpacts = 512
    /// Pairs with less confidence are not reported.
    package static let minimumConfidence = 0.8
    /// While the string continues, a reported pair is not withdrawn before its confidence is below this: the next pairs
    /// may confirm it.
    private static let withdrawalConfidence = 0.5
    /// Discount for the previous match of an impact, to avoid needless changes.
    private static let hysteresis = 0.7
    private static let hitProbability = 0.85
    /// Stray impacts per second and sensor.
    private static let strayRate = 0.03
    /// Variance of single delays around an estimated one.
    private static let guessVariance = 0.000_3
    /// Variance between the delays of the sensors of a range.
    private static let sensorVariance = 0.0025
    /// Density of an unknown delay, in 1/s.
    private static let unknownDensity = 0.8
    /// Minimum gain in matching impacts for which a learned delay is questioned.
    private static let minimumAdvantage = 3.0

    private let models: [DeviceID: DelayModel]
    /// Of the clock error that all times of the string share.
    private let clockVariance: Double
    private let firstLateShare: Double

    /// - Parameters:
    ///   - models: the learned delays.
    ///   - clockError: error bound of the string's start (95 %), in seconds.
    package init(models: [DeviceID: DelayModel], clockError: Double) {
        self.models = models
        clockVariance = clockError * clockError / 4
        firstLateShare = DelayScatter.firstLateShare(models.values)
    }

    package func pair(
        _ allShots: [PairingShot], with allImpacts: [PairingImpact], before: [UInt64: Int] = [:],
        isFinal: Bool = true
    ) -> Pairing {
        let shots = Array(allShots.prefix(Self.maximumShots))
        let impacts = Array(allImpacts.prefix(Self.maximumImpacts))
        var pairing = Pairing()
        guard !impacts.isEmpty else {
            pairing.unpairedShots = allShots.map(\.number)
            return pairing
        }
        pairing.crossTalk = CrossTalk.find(in: impacts, models)
        let direct = impacts.filter { pairing.crossTalk[$0.id] == nil }
        let (expectations, guesses) = expectations(shots, direct)
        pairing.guesses = guesses
        var round = Round(
            shots: shots, direct: direct, expectations: expectations, before: before, commonVariance: clockVariance,
            firstLateShare: firstLateShare)
        var matches = round.match()
        // The string's clock may be off, which shifts all pairs alike.
        for _ in 0..<2 where !matches.isEmpty {
            round.estimateShift(matches, clockVariance: clockVariance)
            matches = round.match()
        }
        pairing.clockShift = round.shift
        for match in matches {
            let (shot, impact) = (shots[match.shot], direct[match.impact])
            let guess = guesses[impact.sensor]?.confidence
            let odds = round.confidence(of: match, among: matches) * (guess ?? 1)
            let confidence = Self.calibrated(odds, isLate: match.isLate, isGuess: guess != nil, isFinal: isFinal)
            let isKept = !isFinal && before[impact.id] == shot.number
            guard isKept ? odds >= Self.withdrawalConfidence : min(odds, confidence) >= Self.minimumConfidence else {
                continue
            }
            pairing.pairs.append(
                Pairing.Pair(
                    shot: shot.number, impact: impact.id, sensor: impact.sensor, delay: impact.time - shot.time,
                    error: 2 * (clockVariance + impact.error * impact.error / 3 + 0.000_008).squareRoot(),
                    confidence: confidence, isLate: match.isLate,
                    isFirst: round.isFirst(match.impact)))
        }
        pairing.pairs.sort { ($0.shot, $0.impact) < ($1.shot, $1.impact) }
        let paired = Set(pairing.pairs.map(\.shot))
        let hit = Set(pairing.pairs.map(\.impact))
        pairing.unpairedShots = allShots.map(\.number).filter { !paired.contains($0) }
        pairing.unpairedImpacts = allImpacts.map(\.id).filter { !hit.contains($0) && pairing.crossTalk[$0] == nil }
        return pairing
    }

    /// The share of pairs that prove right among those with a confidence by the model, as measured by `range-accuracy`: the
    /// model is too careful with delays that it estimates from the same string, does not know of shots that have not been
    /// reported, and takes some stray impacts for late ones.
    private static func calibrated(_ confidence: Double, isLate: Bool, isGuess: Bool, isFinal: Bool) -> Double {
        let doubt =
            switch (isLate, isGuess) {
            case (true, _): (isFinal ? 2.5 : 3.4) * (1 - confidence)
            case (false, true): 0.005 + 0.15 * (1 - confidence)
            case (false, false): 1 - 0.998 * confidence
            }
        // Until the end, shots that have not been reported may explain an impact better.
        return max(0, 1 - doubt * (isFinal ? 1.2 : 1.5))
    }

    /// Whether another delay would match many more impacts: the learned one is wrong or outdated.
    private func isDoubtful(_ model: DelayModel, _ impacts: [PairingImpact], _ search: DelaySearch) -> Bool {
        guard Double(impacts.count) >= Self.minimumAdvantage else { return false }
        let (fits, best) = search.support(of: impacts, at: model.mean)
        return best - fits >= max(Self.minimumAdvantage, fits / 2)
    }

    /// The expected delay of each sensor: learned, or estimated from this string.
    private func expectations(
        _ shots: [PairingShot], _ direct: [PairingImpact]
    ) -> ([DeviceID: Expectation], [DeviceID: DelayGuess]) {
        var expectations: [DeviceID: Expectation] = [:]
        var guesses: [DeviceID: DelayGuess] = [:]
        let search = DelaySearch(shots: shots, models: models)
        let bySensor = Dictionary(grouping: direct, by: \.sensor)
        var unknown: [DeviceID] = []
        for (sensor, impacts) in bySensor {
            if let model = models[sensor], model.isLearnt,
                !isDoubtful(model, impacts, search)
            {
                expectations[sensor] = Expectation(
                    delay: model.mean, variance: model.variance + model.meanVariance, isGuess: false)
            } else {
                unknown.append(sensor)
            }
        }
        // The sensors of a range are similar: a joint estimate is more certain.
        let common = unknown.count > 1 ? search.guess(direct.filter { unknown.contains($0.sensor) }) : nil
        for sensor in unknown {
            let impacts = bySensor[sensor] ?? []
            let guess: DelayGuess?
            if let common {
                guess = search.guess(impacts, near: common.delay).map {
                    DelayGuess(delay: $0.delay, confidence: $0.confidence * common.confidence)
                }
            } else {
                guess = search.guess(impacts)
            }
            guard let guess else { continue }
            guesses[sensor] = guess
            expectations[sensor] = Expectation(delay: guess.delay, variance: Self.guessVariance, isGuess: true)
        }
        return (expectations, guesses)
    }
}

extension ShotPairing {
    /// The expected delay of a sensor, in seconds.
    struct Expectation {
        let delay: Double
        let variance: Double
        /// It was estimated from this string.
        let isGuess: Bool
    }

    struct Match {
        let shot: Int
        let impact: Int
        /// How much more the best pairing without this pair costs.
        let margin: Double
        let isLate: Bool
    }

    /// One iteration with a fixed clock shift.
    struct Round {
        let shots: [PairingShot]
        let direct: [PairingImpact]
        let expectations: [DeviceID: Expectation]
        let before: [UInt64: Int]
        var shift = 0.0
        var commonVariance: Double

        static let unpairedCost = -Probability.logarithm(1 - hitProbability)
        static let strayCost = -Probability.logarithm(strayRate)

        /// The deviation of a pair's delay from the expected one, and its variance.
        func deviation(_ shot: Int, _ impact: Int) -> (Double, variance: Double)? {
            let candidate = direct[impact]
            guard let expected = expectations[candidate.sensor] else { return nil }
            let deviation = candidate.time - shots[shot].time - expected.delay - shift
            return (deviation, expected.variance + candidate.error * candidate.error / 3 + 0.000_008)
        }

        /// The sensors' first impacts in the string.
        private let first: Set<UInt64>
        private let firstLateShare: Double

        init(
            shots: [PairingShot], direct: [PairingImpact], expectations: [DeviceID: Expectation], before: [UInt64: Int],
            commonVariance: Double, firstLateShare: Double
        ) {
            self.shots = shots
            self.direct = direct
            self.expectations = expectations
            self.before = before
            self.commonVariance = commonVariance
            self.firstLateShare = firstLateShare
            var earliest: [DeviceID: PairingImpact] = [:]
            for impact in direct where impact.time < earliest[impact.sensor]?.time ?? .infinity {
                earliest[impact.sensor] = impact
            }
            first = Set(earliest.values.map(\.id))
        }

        /// The cost of a pair minus the cost of a stray impact; nil if the pair is impossible.
        func cost(_ shot: Int, _ impact: Int) -> Double? {
            guard let (deviation, variance) = deviation(shot, impact) else { return nil }
            let density = scatter(impact, variance + commonVariance).density(at: deviation)
            guard density > 0 else { return nil }
            let cost =
                -Probability.logarithm(density * hitProbability) - Self.strayCost - discount(shot, impact)
            return cost < Self.unpairedCost ? cost : nil
        }

        func discount(_ shot: Int, _ impact: Int) -> Double {
            before[direct[impact].id] == shots[shot].number ? hysteresis : 0
        }

        func scatter(_ impact: Int, _ variance: Double) -> DelayScatter {
            DelayScatter(variance: variance, firstLateShare: isFirst(impact) ? firstLateShare : nil)
        }

        func isFirst(_ impact: Int) -> Bool { first.contains(direct[impact].id) }

        func isLate(_ shot: Int, _ impact: Int) -> Bool {
            guard let (deviation, variance) = deviation(shot, impact) else { return false }
            return scatter(impact, variance + commonVariance).isLate(deviation)
        }

        /// The confidence of a pair. A delay that was estimated from this string fits the pairs that it was estimated
        /// from, so a pair counts only by how well it fits the others.
        func confidence(of match: Match, among matches: [Match]) -> Double {
            let impact = direct[match.impact]
            // The discount for the previous match is no evidence.
            let margin = match.margin - discount(match.shot, match.impact)
            guard expectations[impact.sensor]?.isGuess ?? false,
                let (deviation, variance) = deviation(match.shot, match.impact)
            else { return Probability.confidence(margin: margin) }
            let others = matches.filter {
                $0.impact != match.impact && !$0.isLate && expectations[direct[$0.impact].sensor]?.isGuess ?? false
            }
            let own = others.filter { direct[$0.impact].sensor == impact.sensor }
            let density: Double
            if own.isEmpty {
                let near = -Probability.cost(of: deviation, variance: variance + sensorVariance)
                density = max(unknownDensity, others.isEmpty ? 0 : Probability.exponential(near))
            } else {
                let deviations = own.compactMap { self.deviation($0.shot, $0.impact)?.0 }
                let number = Double(deviations.count)
                density = scatter(match.impact, (variance + commonVariance) * (1 + 1 / number)).density(
                    at: deviation - deviations.reduce(0, +) / number)
            }
            let fitted = scatter(match.impact, variance + commonVariance).density(at: deviation)
            return Probability.confidence(margin: margin - max(0, Probability.logarithm(fitted / max(density, 1e-9))))
        }

        /// Estimates the clock shift that all pairs have in common.
        mutating func estimateShift(_ matches: [Match], clockVariance: Double) {
            var weights = 1 / max(clockVariance, 1e-9)
            var sum = 0.0
            for match in matches where match.margin > 0 && !match.isLate {
                guard let (deviation, variance) = deviation(match.shot, match.impact) else { continue }
                weights += 1 / variance
                sum += (deviation + shift) / variance
            }
            shift = sum / weights
            commonVariance = 1 / weights
        }
    }
}
