import Clocks
import Events
import JSON
import Signals

/// Why an impact was taken for the hit of one shot, or of none: what was expected, and what else there was.
struct PairingExplanation: Hashable, Sendable {
    struct Alternative: Hashable, Sendable {
        let shot: Int
        /// In seconds, from the shot to the impact.
        let delay: Double
        /// How far that is from what was expected, in seconds; nil while nothing was learnt of the sensor.
        let deviation: Double?
        let isChosen: Bool
    }

    let hit: RunHit
    let expected: DelayEstimate?
    /// Shots that lie near enough, the nearest to the expectation first.
    let alternatives: [Alternative]
    /// How much later than by its clock the string began, by what the sensors say, in seconds.
    let clockShift: Double

    private static let maximumAlternatives = 5

    init(_ hit: RunHit, in run: Run, delay: DelayModel?) {
        self.hit = hit
        expected = delay.flatMap { $0.isLearnt ? DelayEstimate($0) : nil }
        clockShift = run.pairing.clockShift
        let mean = expected?.mean
        let near = run.shots.compactMap { number, shot -> Alternative? in
            let delay = (hit.time - shot.time).inSeconds
            guard DelayModel.possible.contains(delay) else { return nil }
            return Alternative(
                shot: number, delay: delay, deviation: mean.map { delay - $0 }, isChosen: hit.shot == number)
        }
        alternatives = Array(
            near.sorted { abs($0.deviation ?? $0.delay) < abs($1.deviation ?? $1.delay) }.prefix(
                Self.maximumAlternatives))
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        switch hit.match {
        case .shot(let number, let delay, let error, let confidence):
            writer.member("decision", "hit of shot \(number)")
            writer.member("delay", delay.inSeconds, decimals: 4)
            writer.member("error_seconds", error.inSeconds, decimals: 4)
            writer.member("confidence", confidence, decimals: 3)
        case .none: writer.member("decision", "hit of no certain shot")
        case .crossTalk(let other):
            writer.member("decision", "felt of a blow on another target of the rack")
            writer.member("cross_talk_of", other)
        }
        writer.member("clock_shift", clockShift, decimals: 4)
        writer.key("learnt_delay")
        SensorJSON.write(expected, to: &writer)
        writer.key("alternatives")
        writer.beginArray()
        for alternative in alternatives {
            writer.beginObject()
            writer.member("shot", alternative.shot)
            writer.member("delay", alternative.delay, decimals: 4)
            if let deviation = alternative.deviation { writer.member("off_by", deviation, decimals: 4) }
            writer.member("chosen", alternative.isChosen)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
    }
}

extension DelayEstimate {
    init(_ model: DelayModel) {
        self.init(
            mean: model.mean, error: model.meanError, deviation: model.deviation, count: model.count,
            isExact: model.isExact)
    }
}
