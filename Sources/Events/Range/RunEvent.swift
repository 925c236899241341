import Clocks

/// Which run: unique on this gateway, such as `run_001`.
package struct RunID: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    package init(_ text: String) {
        self.text = text
    }

    package var description: String { text }
}

/// A shooter's run through a stage began, went on or ended.
package struct RunEvent: Hashable, Sendable {
    package let run: RunID
    package let timer: DeviceID
    /// Who shoots and where, as far as somebody has entered it.
    package let shooter: String?
    package let stage: String?
    package let change: Change

    package enum Change: Hashable, Sendable {
        case started(at: WallTime)
        case shot(RunShot)
        /// An impact belongs to this run. Told again when that is seen differently.
        case hit(RunHit)
        /// Something has changed that the others do not tell: a name was entered, a lost shot was found.
        case updated(RunSummary)
        /// Told once; after `unknown` a run may still be told to have ended otherwise.
        case ended(EndReason, RunSummary)

        /// The name under which clients know it.
        package var name: StaticString {
            switch self {
            case .started: "run_started"
            case .shot: "shot"
            case .hit: "hit"
            case .updated: "run_updated"
            case .ended(.completed, _): "run_completed"
            case .ended(.interrupted, _): "run_interrupted"
            case .ended(.timeout, _): "run_timeout"
            case .ended(.unknown, _): "run_unknown"
            }
        }
    }

    /// Why a run is over. The raw value is a stable name.
    package enum EndReason: String, CaseIterable, Sendable {
        /// The timer said that the string has stopped.
        case completed
        /// A new string began without a stop.
        case interrupted
        /// Nothing was heard for as long as the timer listens.
        case timeout
        /// The timer was lost, so nobody knows; it may come back and tell.
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
