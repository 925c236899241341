import Clocks

/// A run accumulated from its events: what is stored, listed and exported.
package struct RunRecord: Hashable, Sendable {
    package let id: RunID
    /// Increases from run to run.
    package let number: Int64
    package let timer: DeviceID
    package private(set) var started: WallTime
    package private(set) var ended: WallTime?
    package private(set) var end: RunEvent.EndReason?
    package private(set) var shooter: String?
    package private(set) var stage: String?
    package private(set) var shots: [RunShot] = []
    package private(set) var hits: [RunHit] = []
    package private(set) var summary = RunSummary(shots: 0, time: .zero)
    /// The ids of the run's events, in order.
    package private(set) var events: [UInt64] = []
    /// How it was dated; nil if the time was known.
    package private(set) var dating: RunDating?

    /// More than any timer counts, and more hits than sensors can report meanwhile.
    package static let maximumShots = 1_000
    package static let maximumHits = 4_000

    package init(_ event: RunEvent, number: Int64, at time: WallTime, dating: RunDating? = nil) {
        self.dating = dating
        id = event.run
        self.number = number
        timer = event.timer
        started = if case .started(let time) = event.change { time } else { time }
    }

    /// A run as it was stored.
    package init(
        id: RunID, number: Int64, timer: DeviceID, started: WallTime, ended: WallTime?, end: RunEvent.EndReason?,
        shooter: String?, stage: String?, shots: [RunShot], hits: [RunHit], summary: RunSummary, events: [UInt64],
        dating: RunDating? = nil
    ) {
        self.dating = dating
        self.id = id
        self.number = number
        self.timer = timer
        self.started = started
        self.ended = ended
        self.end = end
        self.shooter = shooter
        self.stage = stage
        self.shots = shots
        self.hits = hits
        self.summary = summary
        self.events = events
    }

    /// A stable name.
    package var state: String { end?.rawValue ?? "running" }

    /// Sets the ids of events that were published before a restart, and how the run was dated then.
    package mutating func restore(_ events: [UInt64], _ dating: RunDating?) {
        self.dating = dating
        self.events = Array(events.prefix(Self.maximumShots + Self.maximumHits))
    }

    /// Applies an event. Idempotent.
    package mutating func apply(_ event: RunEvent, id: UInt64, at time: WallTime) {
        (shooter, stage) = (event.shooter, event.stage)
        if id > events.last ?? 0, events.count < Self.maximumShots + Self.maximumHits { events.append(id) }
        switch event.change {
        case .started: break
        case .shot(let shot), .finalShot(let shot): apply(shot)
        case .hit(let hit): apply(hit)
        case .updated(let summary): self.summary = summary
        case .ended(let reason, let summary):
            (end, self.summary) = (reason, summary)
            ended = time
        }
    }

    /// Moves its times by what is known of the boot now. Idempotent; nothing for a run whose time was known.
    package mutating func redate(by source: ClockSource, boot: WallTime) {
        guard var dating, dating.source.isProvisional else { return }
        let shift = boot - dating.boot
        started = started + shift
        ended = ended.map { $0 + shift }
        shots = shots.map { shot in
            RunShot(
                number: shot.number, time: shot.time, split: shot.split, fired: shot.fired.map { $0 + shift },
                error: shot.error, isRepaired: shot.isRepaired, isFinal: shot.isFinal)
        }
        dating.boot = boot
        dating.source = source
        dating.correction = dating.correction.addingUpToLimit(shift)
        self.dating = dating
    }

    private mutating func apply(_ shot: RunShot) {
        if let index = shots.firstIndex(where: { $0.number >= shot.number }) {
            if shots[index].number == shot.number { shots[index] = shot } else { shots.insert(shot, at: index) }
        } else if shots.count < Self.maximumShots {
            shots.append(shot)
        }
    }

    private mutating func apply(_ hit: RunHit) {
        if let index = hits.lastIndex(where: { $0.impact == hit.impact }) {
            hits[index] = hit
        } else if hits.count < Self.maximumHits {
            hits.append(hit)
        }
    }
}

/// How a run was dated while the time was not known for sure.
package struct RunDating: Hashable, Sendable {
    /// The moment of the machine's boot, by which the run is dated.
    package var boot: WallTime
    package var source: ClockSource
    /// By how much its times were moved after they had been recorded.
    package var correction: Nanoseconds

    package init(boot: WallTime, source: ClockSource, correction: Nanoseconds = .zero) {
        self.boot = boot
        self.source = source
        self.correction = correction
    }
}

/// A run in numbers.
package struct RunSummary: Hashable, Sendable {
    package let shots: Int
    /// Time of the last shot since the beep; zero if there is none.
    package let time: Nanoseconds
    package let firstShot: Nanoseconds?
    package let bestSplit: Nanoseconds?
    /// Shots with a matched impact.
    package let hits: Int
    /// Impacts without a matched shot.
    package let strayHits: Int
    /// Hits by target, in the order of first hit; sensors without a target appear under their own id.
    package let targets: [TargetHits]
    package var parTimes: [ParTime]
    /// Something was missed live and recovered later.
    package let isRepaired: Bool

    package struct TargetHits: Hashable, Sendable {
        package let target: String
        package let hits: Int

        package init(target: String, hits: Int) {
            self.target = target
            self.hits = hits
        }
    }

    /// The number of shots fired within a par time.
    package struct ParTime: Hashable, Sendable {
        package let time: Nanoseconds
        package let shots: Int

        package init(time: Nanoseconds, shots: Int) {
            self.time = time
            self.shots = shots
        }
    }

    package init(
        shots: Int, time: Nanoseconds, firstShot: Nanoseconds? = nil, bestSplit: Nanoseconds? = nil, hits: Int = 0,
        strayHits: Int = 0, targets: [TargetHits] = [], parTimes: [ParTime] = [], isRepaired: Bool = false
    ) {
        self.shots = shots
        self.time = time
        self.firstShot = firstShot
        self.bestSplit = bestSplit
        self.hits = hits
        self.strayHits = strayHits
        self.targets = targets
        self.parTimes = parTimes
        self.isRepaired = isRepaired
    }
}
