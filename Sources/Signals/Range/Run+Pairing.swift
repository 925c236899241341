import Clocks
import Events

/// Which shot hit what.
extension Run {
    package static let mostImpacts = ShotPairing.mostImpacts

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

    /// The delays that are certain enough to learn from, in seconds.
    var lessons: [DeviceID: [Double]] {
        var lessons: [DeviceID: [Double]] = [:]
        for pair in pairing.pairs where pair.confidence >= 0.9 { lessons[pair.sensor, default: []].append(pair.delay) }
        return lessons
    }

    /// Of what all its delays have in common, in seconds.
    var clockVariance: Double {
        let error = (clock.zero?.error ?? .seconds(1)).inSeconds
        return error * error / 4
    }
}
