import Clocks
import Events

/// What is told of it.
extension Run {
    /// The moment of a monotonic time, as people name it.
    package func wall(_ time: MonotonicTime) -> WallTime { began.wall + (time - began.monotonic) }

    /// When the beep sounded, as well as it is known.
    package var beep: WallTime { clock.zero.map { wall($0.zero) } ?? began.wall }

    package func shot(_ number: Int) -> RunShot? {
        guard let shot = shots[number] else { return nil }
        let before = number > 1 ? shots[number - 1]?.time : .zero
        let moment = clock.moment(of: shot.time)
        return RunShot(
            number: number, time: shot.time, split: before.map { shot.time - $0 } ?? .zero,
            fired: moment.map { wall($0.time) }, error: moment?.error, isRepaired: shot.isRepaired)
    }

    package func match(of impact: UInt64) -> RunHit.Match {
        if let blow = pairing.crossTalk[impact] { return .crossTalk(of: blow) }
        guard let pair = pairing.pairs.first(where: { $0.impact == impact }) else { return .none }
        return .shot(
            pair.shot, delay: Nanoseconds(seconds: pair.delay), error: Nanoseconds(seconds: pair.error),
            confidence: pair.confidence)
    }

    package func hit(_ impact: RunImpact) -> RunHit {
        let zero = clock.zero?.zero ?? began.monotonic
        return RunHit(
            impact: impact.id, sensor: impact.sensor, target: impact.target, peakVelocity: impact.peakVelocity,
            time: impact.onset - zero, match: match(of: impact.id), isFinal: !isOpen)
    }

    package var hits: [RunHit] { impacts.map(hit) }

    package var summary: RunSummary {
        let numbers = shotNumbers
        let times = numbers.compactMap { shots[$0]?.time }
        let splits = numbers.compactMap { number in
            shots[number - 1].flatMap { before in shots[number].map { $0.time - before.time } }
        }
        var targets: [RunSummary.TargetHits] = []
        for pair in pairing.pairs {
            let name = impacts.first { $0.id == pair.impact }?.target ?? pair.sensor.text
            let place = targets.firstIndex { $0.target == name }
            let hits = RunSummary.TargetHits(target: name, hits: (place.map { targets[$0].hits } ?? 0) + 1)
            if let place { targets[place] = hits } else { targets.append(hits) }
        }
        return RunSummary(
            shots: max(shots.count, timerShotCount), time: times.last ?? .zero, firstShot: shots[1]?.time,
            bestSplit: splits.min(), hits: pairing.pairs.count, strayHits: pairing.unpairedImpacts.count,
            targets: targets,
            parTimes: names.parTimes.map { par in .init(time: par, shots: times.count { $0 <= par }) },
            isRepaired: isRepaired)
    }
}
