import Clocks
import Events

/// What timers say.
extension RunTracker {
    package mutating func timer(
        _ timer: DeviceID, reported action: TimerEvent.Action, string: Int?, _ source: TimerReportSource,
        at moment: Moment
    ) -> [RunEvent] {
        var events = advance(to: moment)
        switch action {
        case .started: start(timer, string, source, at: moment, &events)
        case .shot(let shot):
            let place = runIndex(of: timer, string, source, at: moment, &events)
            record(shot, source, at: moment, on: place, &events)
        case .stopped(let last):
            guard let place = openRunIndex(of: timer) else { break }
            if let last { record(last, source == .pushed ? .repaired : source, at: moment, on: place, &events) }
            runs[place].timerShotCount = max(runs[place].timerShotCount, last?.number ?? 0)
            runs[place].lastActivity = moment.monotonic
            runs[place].state = .settling(until: moment.monotonic + settlingTime(runs[place]))
        case .listed(let times): addListedString(timer, times, at: moment, &events)
        }
        return events
    }

    package mutating func timerDisconnected(_ timer: DeviceID, at moment: Moment) -> [RunEvent] {
        let events = advance(to: moment)
        if let place = openRunIndex(of: timer), case .running = runs[place].state {
            runs[place].state = .disconnected(since: moment.monotonic, isTold: false)
        }
        return events
    }

    package mutating func timerReady(_ timer: DeviceID, at moment: Moment) -> [RunEvent] {
        let events = advance(to: moment)
        if let place = openRunIndex(of: timer) { reconnect(place, at: moment) }
        return events
    }

    /// The link is back; whether the string still runs is to be seen.
    private mutating func reconnect(_ place: Int, at moment: Moment) {
        guard case .disconnected = runs[place].state else { return }
        runs[place].state = .running
        runs[place].isRepaired = true
        runs[place].lastActivity = moment.monotonic
    }

    func openRunIndex(of timer: DeviceID) -> Int? {
        runs.lastIndex { $0.timer == timer && $0.isOpen }
    }

    private func settlingTime(_ run: Run) -> Nanoseconds {
        run.isComplete ? settings.settlingTime : settings.settlingTime + settings.repairTimeout
    }

    /// Where a shot belongs: to the open run, to one that has just ended, or to one whose beginning nobody heard.
    private mutating func runIndex(
        of timer: DeviceID, _ string: Int?, _ source: TimerReportSource, at moment: Moment, _ events: inout [RunEvent]
    ) -> Int {
        if let place = runs.lastIndex(where: { $0.timer == timer }) {
            let isSame = string == nil || runs[place].string == nil || runs[place].string == string
            if isSame, runs[place].isOpen || source != .pushed { return place }
        }
        start(timer, string, .repaired, at: moment, &events)
        return runs.count - 1
    }

    private mutating func start(
        _ timer: DeviceID, _ string: Int?, _ source: TimerReportSource, at moment: Moment, _ events: inout [RunEvent]
    ) {
        if let place = openRunIndex(of: timer) {
            let run = runs[place]
            if let string, run.string == string, run.shots.isEmpty, case .running = run.state {
                // The same beep once more.
                runs[place].clock.record(.zero, at: moment.monotonic, source)
                return
            }
            switch run.state {
            case .settling: end(place, .completed, &events)
            case .disconnected: end(place, .unknown, &events)
            default: end(place, .interrupted, &events)
            }
        }
        open(timer, string, at: moment)
        let place = runs.count - 1
        runs[place].clock.record(.zero, at: moment.monotonic, source)
        runs[place].isRepaired = source == .repaired
        events.append(event(runs[place], .started(at: runs[place].beep)))
    }

    private mutating func open(_ timer: DeviceID, _ string: Int?, at moment: Moment) {
        if runs.count >= Self.maximumRuns {
            runs.remove(at: runs.firstIndex { !$0.isOpen } ?? 0)
        }
        runs.append(
            Run(id: Self.id(nextNumber), timer: timer, string: string, began: moment, names: upcoming))
        nextNumber += 1
        upcoming = RunNames(parTimes: upcoming.parTimes)
    }

    /// `run_001`: three digits at least.
    package static func id(_ number: Int) -> RunID {
        let digits = String(number)
        return RunID("run_" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits)
    }

    private mutating func record(
        _ shot: Shot, _ source: TimerReportSource, at moment: Moment, on place: Int, _ events: inout [RunEvent]
    ) {
        guard 1...ShotPairing.maximumShots ~= shot.number, shot.time >= .zero else { return }
        reconnect(place, at: moment)
        runs[place].lastActivity = moment.monotonic
        // Heard once more, it may have come earlier than what was heard before it, and so tell more of the clock.
        if let known = runs[place].shots[shot.number], known.time != shot.time { return }
        runs[place].clock.record(shot.time, at: moment.monotonic, source)
        runs[place].timerShotCount = max(runs[place].timerShotCount, shot.number)
        guard runs[place].shots[shot.number] == nil else { return }
        runs[place].shots[shot.number] = Run.TimedShot(time: shot.time, isRepaired: source == .repaired)
        if source == .repaired { runs[place].isRepaired = true }
        if let told = runs[place].shot(shot.number) { events.append(event(runs[place], .shot(told))) }
        pairAndReport(place, &events)
        switch runs[place].state {
        case .settling where runs[place].isComplete:
            runs[place].state = .settling(until: moment.monotonic + settings.settlingTime)
        case .ended: events.append(event(runs[place], .updated(runs[place].summary)))
        default: break
        }
    }

    /// A whole string that came and went while nobody listened. When it was is not known; it had happened by now.
    private mutating func addListedString(
        _ timer: DeviceID, _ times: [Nanoseconds], at moment: Moment, _ events: inout [RunEvent]
    ) {
        let times = times.prefix(ShotPairing.maximumShots)
        guard let last = times.last else { return }
        if let place = openRunIndex(of: timer) {
            if case .settling = runs[place].state {
                end(place, .completed, &events)
            } else {
                end(place, .unknown, &events)
            }
        }
        open(timer, nil, at: Moment(monotonic: moment.monotonic - last, wall: moment.wall + (.zero - last)))
        let place = runs.count - 1
        runs[place].isRepaired = true
        events.append(event(runs[place], .started(at: runs[place].began.wall)))
        for (index, time) in times.enumerated() {
            runs[place].shots[index + 1] = Run.TimedShot(time: time, isRepaired: true)
            runs[place].timerShotCount = index + 1
            if let told = runs[place].shot(index + 1) { events.append(event(runs[place], .shot(told))) }
        }
        end(place, .completed, &events)
    }
}
