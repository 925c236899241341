import Clocks
import Events
import JSON
import Signals

/// Why an impact was matched to a shot, or to none: the expected delay and the alternatives.
struct PairingExplanation: Hashable, Sendable {
    struct Alternative: Hashable, Sendable {
        let shot: Int
        /// From the shot to the impact, in seconds.
        let delay: Double
        /// Deviation from the expected delay, in seconds; nil if no delay has been learned.
        let deviation: Double?
        let isChosen: Bool
    }

    let hit: RunHit
    let expected: DelayEstimate?
    /// The nearest shots, best match first.
    let alternatives: [Alternative]
    /// Estimated correction of the string's start, from the impacts, in seconds.
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
        case .none: writer.member("decision", "no certain shot")
        case .crossTalk(let other):
            writer.member("decision", "cross-talk from another target of the rack")
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

/// The ids of the events that reported the shots of a timer's string.
struct ShotEventIDs: Hashable, Sendable {
    private(set) var began: UInt64?
    private(set) var ended: UInt64?
    private var shots: [Int: UInt64] = [:]

    /// More than any timer counts.
    private static let maximumShots = 1_000

    subscript(shot: Int) -> UInt64? { shots[shot] }

    mutating func record(_ action: TimerEvent.Action, event: UInt64) {
        switch action {
        case .started: self = ShotEventIDs(began: event)
        case .shot(let shot): if shots.count < Self.maximumShots { shots[shot.number] = event }
        case .stopped(let last):
            ended = event
            // The stop event may be the only one that reports the last shot.
            if let last, shots[last.number] == nil { shots[last.number] = event }
        case .listed(let times):
            self = ShotEventIDs(began: event, ended: event)
            for number in 0..<min(times.count, Self.maximumShots) { shots[number + 1] = event }
        }
    }

    init() {}

    private init(began: UInt64?, ended: UInt64? = nil) {
        self.began = began
        self.ended = ended
    }
}
