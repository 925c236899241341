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
        /// The count of shots so far and the time of the last one since the beep.
        case progressed(shots: Int, time: Nanoseconds)
        case ended(EndReason, shots: Int, time: Nanoseconds)

        /// The name under which clients know it.
        package var name: StaticString {
            switch self {
            case .started: "run_started"
            case .progressed: "run_progress"
            case .ended(.completed, _, _): "run_completed"
            case .ended: "run_ended"
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
        /// The timer was lost, so nobody knows.
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
