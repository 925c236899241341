import Events

/// Which shot hit which plate: the pairing of a whole string that is the likeliest, all shots and impacts at once.
///
/// Each pair costs as much as its delay is unlikely for that sensor, each shot that hits nothing and each impact that
/// nobody has fired costs what those are worth; the cheapest pairing wins. A pair is as sure as it is cheaper than the
/// best pairing without it; what is not sure is left unpaired rather than guessed.
package struct ShotPairing: Sendable {
    /// Shots and impacts beyond these are left alone.
    package static let maximumShots = 255
    package static let maximumImpacts = 512
    /// A pair that is less sure is none.
    package static let minimumConfidence = 0.8
    /// What was said before costs that much less, so that minds are not changed without need.
    private static let hysteresis = 0.7
    private static let hitProbability = 0.85
    /// Impacts that nobody fired, a second and sensor.
    private static let strayRate = 0.03
    /// Beyond so many deviations nothing fits.
    private static let reach = 4.5
    /// From that on a sensor whose delay seems to have changed is looked at anew.
    private static let minimumAdvantage = 3.0

    private let models: [DeviceID: DelayModel]
    /// Of the error that all times of the string share.
    private let clockVariance: Double

    /// - Parameters:
    ///   - models: what has been learnt of sensors' delays.
    ///   - clockError: the true beginning of the string is this close, with a probability of 95 %, in seconds.
    package init(models: [DeviceID: DelayModel], clockError: Double) {
        self.models = models
        clockVariance = clockError * clockError / 4
    }

    package func pair(
        _ allShots: [PairingShot], with allImpacts: [PairingImpact], before: [UInt64: Int] = [:]
    ) -> Pairing {
        let shots = Array(allShots.prefix(Self.maximumShots))
        let impacts = Array(allImpacts.prefix(Self.maximumImpacts))
        var pairing = Pairing()
        guard !impacts.isEmpty else {
            pairing.unpairedShots = allShots.map(\.number)
            return pairing
        }
        pairing.crossTalk = CrossTalk.find(in: impacts, models)
        let blows = impacts.filter { pairing.crossTalk[$0.id] == nil }
        let (expectations, guesses) = expectations(shots, blows)
        pairing.guesses = guesses
        var round = Round(shots: shots, blows: blows, expectations: expectations, before: before)
        round.commonVariance = clockVariance
        var matches = round.match()
        // The string's clock may be off; then all pairs are, by the same.
        for _ in 0..<2 where !matches.isEmpty {
            round.estimateShift(matches, clockVariance: clockVariance)
            matches = round.match()
        }
        pairing.clockShift = round.shift
        for match in matches {
            let (shot, impact) = (shots[match.shot], blows[match.impact])
            let confidence = match.confidence * (guesses[impact.sensor]?.confidence ?? 1)
            guard confidence >= Self.minimumConfidence else { continue }
            pairing.pairs.append(
                Pairing.Pair(
                    shot: shot.number, impact: impact.id, sensor: impact.sensor, delay: impact.time - shot.time,
                    error: 2 * (clockVariance + impact.error * impact.error / 3 + 0.000_008).squareRoot(),
                    confidence: confidence))
        }
        pairing.pairs.sort { ($0.shot, $0.impact) < ($1.shot, $1.impact) }
        let paired = Set(pairing.pairs.map(\.shot))
        let hit = Set(pairing.pairs.map(\.impact))
        pairing.unpairedShots = allShots.map(\.number).filter { !paired.contains($0) }
        pairing.unpairedImpacts = allImpacts.map(\.id).filter { !hit.contains($0) && pairing.crossTalk[$0] == nil }
        return pairing
    }

    /// Another delay would explain many more of the impacts: what was learnt may have been wrong, or is no longer true.
    private func isDoubtful(_ model: DelayModel, _ impacts: [PairingImpact], _ search: DelaySearch) -> Bool {
        guard Double(impacts.count) >= Self.minimumAdvantage else { return false }
        let (fits, best) = search.support(of: impacts, at: model.mean)
        return best - fits >= max(Self.minimumAdvantage, fits / 2)
    }

    /// What is expected of each sensor's delay, whether it was learnt or has to be guessed from this string.
    private func expectations(
        _ shots: [PairingShot], _ blows: [PairingImpact]
    ) -> ([DeviceID: Expectation], [DeviceID: DelayGuess]) {
        var expectations: [DeviceID: Expectation] = [:]
        var guesses: [DeviceID: DelayGuess] = [:]
        let search = DelaySearch(shots: shots, models: models)
        let bySensor = Dictionary(grouping: blows, by: \.sensor)
        var unknown: [DeviceID] = []
        for (sensor, impacts) in bySensor {
            if let model = models[sensor], model.isLearnt,
                !isDoubtful(model, impacts, search)
            {
                expectations[sensor] = Expectation(delay: model.mean, variance: model.variance + model.meanVariance)
            } else {
                unknown.append(sensor)
            }
        }
        // Sensors of one range are alike: together they say more than each alone.
        let common = unknown.count > 1 ? search.guess(blows.filter { unknown.contains($0.sensor) }) : nil
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
            expectations[sensor] = Expectation(delay: guess.delay, variance: 0.000_3)
        }
        return (expectations, guesses)
    }
}

extension ShotPairing {
    /// What a sensor's delay is expected to be, in seconds.
    struct Expectation {
        let delay: Double
        let variance: Double
    }

    struct Match {
        let shot: Int
        let impact: Int
        let confidence: Double
    }

    /// One attempt, with the string's clock taken as it is.
    struct Round {
        let shots: [PairingShot]
        let blows: [PairingImpact]
        let expectations: [DeviceID: Expectation]
        let before: [UInt64: Int]
        var shift = 0.0
        var commonVariance = 0.0

        static let unpairedCost = -Probability.logarithm(1 - hitProbability)
        static let strayCost = -Probability.logarithm(strayRate)

        /// How far the pair's delay is from what is expected, and the variance of that.
        func deviation(_ shot: Int, _ impact: Int) -> (Double, variance: Double)? {
            let blow = blows[impact]
            guard let expected = expectations[blow.sensor] else { return nil }
            let deviation = blow.time - shots[shot].time - expected.delay - shift
            return (deviation, expected.variance + blow.error * blow.error / 3 + 0.000_008)
        }

        /// What the pair costs, less what it would cost to leave the impact alone; nil when it cannot be one.
        func cost(_ shot: Int, _ impact: Int) -> Double? {
            guard let (deviation, variance) = deviation(shot, impact) else { return nil }
            let whole = variance + commonVariance
            guard deviation * deviation <= reach * reach * whole else { return nil }
            let loyalty = before[blows[impact].id] == shots[shot].number ? hysteresis : 0
            let cost =
                Probability.cost(of: deviation, variance: whole) - Probability.logarithm(hitProbability)
                - Self.strayCost - loyalty
            return cost < Self.unpairedCost ? cost : nil
        }

        /// Takes what all pairs have in common for an error of the clock.
        mutating func estimateShift(_ matches: [Match], clockVariance: Double) {
            var weights = 1 / max(clockVariance, 1e-9)
            var sum = 0.0
            for match in matches where match.confidence > 0.5 {
                guard let (deviation, variance) = deviation(match.shot, match.impact) else { continue }
                weights += 1 / variance
                sum += (deviation + shift) / variance
            }
            shift = sum / weights
            commonVariance = 1 / weights
        }
    }
}
