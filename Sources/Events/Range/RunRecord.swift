import Clocks

/// A run as its events have told it so far: what is kept of it, listed and exported.
package struct RunRecord: Hashable, Sendable {
    package let id: RunID
    /// Counted up from run to run.
    package let number: Int64
    package let timer: DeviceID
    package let started: WallTime
    package private(set) var ended: WallTime?
    package private(set) var end: RunEvent.EndReason?
    package private(set) var shooter: String?
    package private(set) var stage: String?
    package private(set) var shots: [RunShot] = []
    package private(set) var hits: [RunHit] = []
    package private(set) var summary = RunSummary(shots: 0, time: .zero)
    /// The events that told of it, in order.
    package private(set) var events: [UInt64] = []

    /// More shots than any timer counts, and more hits than any sensor can tell of meanwhile.
    package static let maximumShots = 1_000
    package static let maximumHits = 4_000

    package init(_ event: RunEvent, number: Int64, at time: WallTime) {
        id = event.run
        self.number = number
        timer = event.timer
        started = if case .started(let time) = event.change { time } else { time }
    }

    /// A stable name.
    package var state: String { end?.rawValue ?? "running" }

    /// The events that had told of it before a restart.
    package mutating func restoreEvents(_ events: [UInt64]) {
        self.events = Array(events.prefix(Self.maximumShots + Self.maximumHits))
    }

    /// Takes in what an event tells. The same once more changes nothing.
    package mutating func apply(_ event: RunEvent, id: UInt64, at time: WallTime) {
        (shooter, stage) = (event.shooter, event.stage)
        if id > events.last ?? 0, events.count < Self.maximumShots + Self.maximumHits { events.append(id) }
        switch event.change {
        case .started: break
        case .shot(let shot): apply(shot)
        case .hit(let hit): apply(hit)
        case .updated(let summary): self.summary = summary
        case .ended(let reason, let summary):
            (end, self.summary) = (reason, summary)
            ended = time
        }
    }

    private mutating func apply(_ shot: RunShot) {
        if let place = shots.firstIndex(where: { $0.number >= shot.number }) {
            if shots[place].number == shot.number { shots[place] = shot } else { shots.insert(shot, at: place) }
        } else if shots.count < Self.maximumShots {
            shots.append(shot)
        }
    }

    private mutating func apply(_ hit: RunHit) {
        if let place = hits.lastIndex(where: { $0.impact == hit.impact }) {
            hits[place] = hit
        } else if hits.count < Self.maximumHits {
            hits.append(hit)
        }
    }
}
