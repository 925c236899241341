import Clocks
import Events

/// A shooter's run through a stage: one string of fire with its hits.
package struct Run: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        case running
        /// The timer disconnected; `isReported` once the disconnection has been published.
        case disconnected(since: MonotonicTime, isReported: Bool)
        /// The string has stopped; hits and missed shots can still arrive.
        case settling(until: MonotonicTime)
        case ended(RunEvent.EndReason)
    }

    /// A shot by the timer's clock.
    package struct TimedShot: Hashable, Sendable {
        package let time: Nanoseconds
        package let isRepaired: Bool

        package init(time: Nanoseconds, isRepaired: Bool) {
            self.time = time
            self.isRepaired = isRepaired
        }
    }

    package let id: RunID
    package let timer: DeviceID
    /// The timer's string counter.
    package internal(set) var string: Int?
    /// When it was first reported.
    package internal(set) var began: Moment
    package internal(set) var names: RunNames
    package internal(set) var state = State.running
    package internal(set) var clock = StringClock()
    /// By number, counted from 1.
    package internal(set) var shots: [Int: TimedShot] = [:]
    /// The timer's shot count.
    package internal(set) var timerShotCount = 0
    package internal(set) var impacts: [RunImpact] = []
    package internal(set) var pairing = Pairing()
    /// The last published match of each impact.
    package internal(set) var reported: [UInt64: RunHit.Match] = [:]
    /// Impacts that may be cross-talk of an impact that has not arrived yet, with a deadline.
    package internal(set) var unconfirmed: [UInt64: MonotonicTime] = [:]
    package internal(set) var lastActivity: MonotonicTime
    /// The start or some of the shots were recovered later.
    package internal(set) var isRepaired = false

    package init(id: RunID, timer: DeviceID, string: Int?, began: Moment, names: RunNames) {
        self.id = id
        self.timer = timer
        self.string = string
        self.began = began
        self.names = names
        lastActivity = began.monotonic
    }

    package var isOpen: Bool {
        if case .ended = state { false } else { true }
    }

    package var shotNumbers: [Int] { shots.keys.sorted() }

    package var isComplete: Bool { shots.count >= timerShotCount }
}

/// An impact in the form that runs need.
package struct RunImpact: Hashable, Sendable {
    /// The id of the impact event.
    package let id: UInt64
    package let sensor: DeviceID
    /// The target at the time of the impact.
    package let target: String?
    package let rack: String?
    package let onset: MonotonicTime
    package let onsetError: Nanoseconds
    /// In mm/s.
    package let peakVelocity: Double

    package init(
        id: UInt64, sensor: DeviceID, target: String?, rack: String? = nil, onset: MonotonicTime,
        onsetError: Nanoseconds, peakVelocity: Double
    ) {
        self.id = id
        self.sensor = sensor
        self.target = target
        self.rack = rack
        self.onset = onset
        self.onsetError = onsetError
        self.peakVelocity = peakVelocity
    }
}

/// Matches shots and impacts.
extension Run {
    package static let maximumImpacts = ShotPairing.maximumImpacts

    /// Recomputes the pairing.
    /// - Parameter isFinal: the run ends.
    mutating func pair(_ models: [DeviceID: DelayModel], isFinal: Bool = false) {
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
            }, before: before, isFinal: isFinal)
    }

    /// The delays of pairs with high confidence; nil if there are none.
    var delayObservation: DelayObservation? {
        let certain = pairing.pairs.filter { $0.confidence >= 0.9 && !$0.isLate }
        guard !certain.isEmpty else { return nil }
        // The mean clock variance of the pairs.
        let variances = certain.map { pair in
            let error = (shots[pair.shot].flatMap { clock.moment(of: $0.time) }?.error ?? .seconds(1)).inSeconds
            return error * error / 4
        }
        var firstImpactWasLate: [DeviceID: Bool] = [:]
        for pair in pairing.pairs where pair.isFirst { firstImpactWasLate[pair.sensor] = pair.isLate }
        return DelayObservation(
            Dictionary(grouping: certain, by: \.sensor).mapValues { $0.map(\.delay) },
            clockVariance: variances.reduce(0, +) / Double(variances.count), firstImpactWasLate: firstImpactWasLate)
    }
}

/// The run as events.
extension Run {
    /// Converts a monotonic time to wall time.
    package func wall(_ time: MonotonicTime) -> WallTime { began.wall + (time - began.monotonic) }

    /// The best estimate of the start beep.
    package var beep: WallTime { clock.zero.map { wall($0.zero) } ?? began.wall }

    package func shot(_ number: Int) -> RunShot? {
        guard let shot = shots[number] else { return nil }
        let before = number > 1 ? shots[number - 1]?.time : .zero
        let moment = clock.moment(of: shot.time)
        return RunShot(
            number: number, time: shot.time, split: before.map { shot.time - $0 } ?? .zero,
            fired: moment.map { wall($0.time) }, error: moment?.error, isRepaired: shot.isRepaired,
            isFinal: !isOpen)
    }

    package func match(of impact: UInt64) -> RunHit.Match {
        if let cause = pairing.crossTalk[impact] { return .crossTalk(of: cause) }
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
            let index = targets.firstIndex { $0.target == name }
            let hits = RunSummary.TargetHits(target: name, hits: (index.map { targets[$0].hits } ?? 0) + 1)
            if let index { targets[index] = hits } else { targets.append(hits) }
        }
        return RunSummary(
            shots: max(shots.count, timerShotCount), time: times.last ?? .zero, firstShot: shots[1]?.time,
            bestSplit: splits.min(), hits: pairing.pairs.count, strayHits: pairing.unpairedImpacts.count,
            targets: targets,
            parTimes: names.parTimes.map { par in .init(time: par, shots: times.count { $0 <= par }) },
            isRepaired: isRepaired)
    }
}
