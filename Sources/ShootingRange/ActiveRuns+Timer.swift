import Bluetooth
import Clocks
import Events
import Signals

extension TimerReportSource {
    init(_ source: AMGSession.Source) {
        self =
            switch source {
            case .pushed: .pushed
            case .polled: .polled
            case .repaired: .repaired
            }
    }
}

/// What a timer says, seen by the run that it belongs to.
extension ActiveRuns {
    /// The clock of the timer's run: the open one, or the latest.
    func clock(of timer: DeviceID) -> StringClock? {
        (tracker.openRun(of: timer) ?? tracker.runs.last { $0.timer == timer })?.clock
    }

    /// The timer's own time, and what that means on our clock; nil for a list, which is of no moment.
    func deviceTime(of timer: DeviceID, _ action: TimerEvent.Action) -> DeviceTime? {
        switch action {
        case .started: clock(of: timer)?.deviceTime(.zero)
        case .shot(let shot): clock(of: timer)?.deviceTime(shot.time)
        // When it was stopped is not on the wire.
        case .stopped, .listed: nil
        }
    }

    /// Whether a run of this timer was under way before a restart.
    func hasRestoredRun(of timer: DeviceID) -> Bool {
        tracker.openRun(of: timer).map { restored.contains($0.id) } ?? false
    }

    /// What a statement comes to. A session that has just begun takes the string that runs for another one and lists it as
    /// a whole; if it is the one that was under way before a restart, only its missing shots are news.
    func actions(of timer: DeviceID, _ action: TimerEvent.Action) -> [TimerEvent.Action] {
        guard case .listed(let times) = action, hasRestoredRun(of: timer), let run = tracker.openRun(of: timer),
            run.shots.allSatisfy({ number, shot in times.indices.contains(number - 1) && times[number - 1] == shot.time
            })
        else { return [action] }
        return times.enumerated().compactMap { index, time in
            guard run.shots[index + 1] == nil else { return nil }
            return .shot(
                Shot(
                    number: index + 1, time: time, split: time - (index > 0 ? times[index - 1] : .zero),
                    first: times.first))
        }
    }
}
