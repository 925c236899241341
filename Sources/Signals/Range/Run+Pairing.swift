import Clocks
import Events

/// Which shot hit what.
extension Run {
    package static let maximumImpacts = ShotPairing.maximumImpacts

    /// Looks at everything anew.
    mutating func pair(_ models: [DeviceID: DelayModel]) {
        guard let zero = clock.zero?.zero else {
            pairing = Pairing()
            pairing.unpairedShots = shotNumbers
            pairing.unpairedImpacts = impacts.map(\.id)
            return
        }
        let times = shotNumbers.compactMap { number in shots[number].map { (number, $0.time) } }
        let last = clock.moment(of: times.last?.1 ?? .zero)
        var before: [UInt64: Int] = [:]
        for pair in pairing.pairs { before[pair.impact] = pair.shot }
        pairing = ShotPairing(models: models, clockError: (last?.error ?? .zero).inSeconds).pair(
            times.map { number, time in
                let moment = clock.moment(of: time)?.time ?? zero + time
                return PairingShot(number: number, time: (moment - zero).inSeconds)
            },
            with: impacts.map {
                PairingImpact(
                    id: $0.id, sensor: $0.sensor, rack: $0.rack, time: ($0.onset - zero).inSeconds,
                    error: $0.onsetError.inSeconds, strength: $0.peakVelocity)
            }, before: before)
    }

    /// The delays that are certain enough to learn from; nil when there are none.
    var delayObservation: DelayObservation? {
        let certain = pairing.pairs.filter { $0.confidence >= 0.9 }
        guard !certain.isEmpty else { return nil }
        // Of what all of them have in common, in the middle of them.
        let variances = certain.map { pair in
            let error = (shots[pair.shot].flatMap { clock.moment(of: $0.time) }?.error ?? .seconds(1)).inSeconds
            return error * error / 4
        }
        return DelayObservation(
            Dictionary(grouping: certain, by: \.sensor).mapValues { $0.map(\.delay) },
            clockVariance: variances.reduce(0, +) / Double(variances.count))
    }
}
