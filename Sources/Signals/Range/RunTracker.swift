import Clocks
import Events

/// Makes runs of what timers and sensors say.
///
/// A start opens a run, shots and hits go on it, a stop ends it as soon as the last hit must have come in. What ends
/// without a stop says how. Ids count up and are never used twice, since the next number is handed in.
package struct RunTracker: Sendable {
    package var settings: RunSettings
    /// The open runs, and the latest of those that have ended: names may still be entered, lost shots may still be found.
    package internal(set) var runs: [Run] = []
    package internal(set) var nextNumber: Int
    /// What has been learnt of the sensors' delays.
    package var delays: [DeviceID: DelayModel]
    /// What the next run of a timer is to be called.
    package internal(set) var upcoming = RunNames()

    package static let maximumRuns = 16
    static let maximumSensors = 64

    package init(nextNumber: Int, delays: [DeviceID: DelayModel] = [:], settings: RunSettings = RunSettings()) {
        self.nextNumber = nextNumber
        self.delays = delays
        self.settings = settings
    }

    package subscript(_ id: RunID) -> Run? { runs.first { $0.id == id } }

    package func openRun(of timer: DeviceID) -> Run? { runs.last { $0.timer == timer && $0.isOpen } }

    /// When something is due by itself.
    package var deadline: MonotonicTime? { runs.compactMap(deadline).min() }

    private func deadline(of run: Run) -> MonotonicTime? {
        [stateDeadline(of: run), run.unconfirmed.values.min()].compactMap(\.self).min()
    }

    private func stateDeadline(of run: Run) -> MonotonicTime? {
        switch run.state {
        case .running: run.lastActivity + settings.silenceTimeout
        case .disconnected(let since, false):
            min(since + settings.disconnectDelay, run.lastActivity + settings.silenceTimeout)
        case .disconnected(_, true): run.lastActivity + settings.silenceTimeout
        case .settling(let until): until
        case .ended: nil
        }
    }

    package mutating func advance(to now: Moment) -> [RunEvent] {
        var events: [RunEvent] = []
        for place in runs.indices {
            let doubts = runs[place].unconfirmed.count
            runs[place].unconfirmed = runs[place].unconfirmed.filter { $0.value > now.monotonic }
            if runs[place].unconfirmed.count < doubts { reportHits(place, &events) }
            guard let due = stateDeadline(of: runs[place]), now.monotonic >= due else { continue }
            switch runs[place].state {
            case .running: end(place, .timeout, &events)
            case .settling: end(place, .completed, &events)
            case .disconnected(let since, let isTold):
                if now.monotonic - runs[place].lastActivity >= settings.silenceTimeout {
                    end(place, .unknown, &events)
                } else if !isTold {
                    runs[place].state = .disconnected(since: since, isTold: true)
                    events.append(event(runs[place], .ended(.unknown, runs[place].summary)))
                }
            case .ended: break
            }
        }
        return events
    }
}
