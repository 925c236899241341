import Clocks

/// Unique on this gateway, such as `run_001`.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// A change of a shooter's run through a stage.
package struct RunEvent: Hashable, Sendable {
    package let run: RunID
    package let timer: DeviceID
    /// Shooter and stage, if entered.
    package let shooter: String?
    package let stage: String?
    package let change: Change

    package enum Change: Hashable, Sendable {
        case started(at: WallTime)
        case shot(RunShot)
        /// The run has ended: the shot does not change any more. Published once for each shot.
        case finalShot(RunShot)
        /// An impact belongs to this run. Repeated when its match changes, and a last time, as final, when the run ends.
        case hit(RunHit)
        /// Something else changed: a name was entered or a lost shot was found.
        case updated(RunSummary)
        /// Published once, after the final shots and hits; after `unknown` a run can still end for another reason.
        case ended(EndReason, RunSummary)

        /// The name in client messages.
        package var name: StaticString {
            switch self {
            case .started: "run_started"
            case .shot: "shot"
            case .finalShot: "shot_final"
            case .hit: "hit"
            case .updated: "run_updated"
            case .ended(.completed, _): "run_completed"
            case .ended(.interrupted, _): "run_interrupted"
            case .ended(.timeout, _): "run_timeout"
            case .ended(.unknown, _): "run_unknown"
            }
        }
    }

    /// Why a run ended. Raw values are stable names.
    package enum EndReason: String, CaseIterable, Sendable {
        /// The timer reported the end of the string.
        case completed
        /// A new string started without a stop.
        case interrupted
        /// No report for longer than the timer waits for shots.
        case timeout
        /// The timer disconnected; it may reconnect and report the end.
        case unknown
    }

    package init(run: RunID, timer: DeviceID, shooter: String?, stage: String?, change: Change) {
        self.run = run
        self.timer = timer
        self.shooter = shooter
        self.stage = stage
        self.change = change
    }
}

/// A shot of a run.
package struct RunShot: Hashable, Sendable {
    /// Counted from 1.
    package let number: Int
    /// Since the beep, as displayed by the timer.
    package let time: Nanoseconds
    /// Since the previous shot, or since the beep for the first one.
    package let split: Nanoseconds
    /// When it was fired, by the gateway's clock; nil if the start of the string was not observed.
    package let fired: WallTime?
    /// Error bound of `fired` (±).
    package let error: Nanoseconds?
    /// It was missed live and recovered by a query to the timer.
    package let isRepaired: Bool
    /// False while `split`, `fired` and `error` can still improve.
    package let isFinal: Bool

    package init(
        number: Int, time: Nanoseconds, split: Nanoseconds, fired: WallTime? = nil, error: Nanoseconds? = nil,
        isRepaired: Bool = false, isFinal: Bool = false
    ) {
        self.number = number
        self.time = time
        self.split = split
        self.fired = fired
        self.error = error
        self.isRepaired = isRepaired
        self.isFinal = isFinal
    }
}

/// An impact during a run and the shot it is matched to.
package struct RunHit: Hashable, Sendable {
    /// The id of the impact event.
    package let impact: UInt64
    package let sensor: DeviceID
    /// The target that the sensor was assigned to.
    package let target: String?
    /// In mm/s.
    package let peakVelocity: Double
    /// Since the beep, by the gateway's clock.
    package let time: Nanoseconds
    package let match: Match
    /// False while the match can still change.
    package let isFinal: Bool

    package enum Match: Hashable, Sendable {
        /// The shot number, the delay from shot to impact, the error bound of that delay and the confidence of the
        /// match (0...1).
        case shot(Int, delay: Nanoseconds, error: Nanoseconds, confidence: Double)
        /// No shot fits, or several fit equally well.
        case none
        /// The sensor measured the impact on a neighbouring target, which that event reports.
        case crossTalk(of: UInt64)
    }

    package init(
        impact: UInt64, sensor: DeviceID, target: String?, peakVelocity: Double, time: Nanoseconds, match: Match,
        isFinal: Bool
    ) {
        self.impact = impact
        self.sensor = sensor
        self.target = target
        self.peakVelocity = peakVelocity
        self.time = time
        self.match = match
        self.isFinal = isFinal
    }

    package var shot: Int? {
        if case .shot(let number, _, _, _) = match { number } else { nil }
    }
}
