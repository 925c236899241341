import Clocks
import Events

extension RunTracker {
    mutating func receive(_ event: TimerEvent, at moment: Moment) -> [RunEvent] {
        var events = advance(to: moment)
        let (timer, string, source) = (event.timer, event.string, event.source)
        switch event.action {
        case .started: start(timer, string, source, at: moment, &events)
        case .shot(let shot):
            let index = runIndex(of: timer, string, source, at: moment, &events)
            record(shot, source, at: moment, on: index, &events)
        case .stopped(let last):
            guard let index = openRunIndex(of: timer) else { break }
            if let last { record(last, source == .pushed ? .repaired : source, at: moment, on: index, &events) }
            runs[index].timerShotCount = max(runs[index].timerShotCount, last?.number ?? 0)
            runs[index].lastActivity = moment.monotonic
            runs[index].state = .settling(until: moment.monotonic + settlingTime(runs[index]))
        case .listed(let times): addListedString(timer, times, at: moment, &events)
        }
        return events
    }

    mutating func timerDisconnected(_ timer: DeviceID, at moment: Moment) -> [RunEvent] {
        let events = advance(to: moment)
        if let index = openRunIndex(of: timer), case .running = runs[index].state {
            runs[index].state = .disconnected(since: moment.monotonic, isReported: false)
        }
        return events
    }

    mutating func timerReady(_ timer: DeviceID, at moment: Moment) -> [RunEvent] {
        let events = advance(to: moment)
        if let index = openRunIndex(of: timer) { reconnect(index, at: moment) }
        return events
    }

    /// The link is back; whether the string still runs is unknown.
    private mutating func reconnect(_ index: Int, at moment: Moment) {
        guard case .disconnected = runs[index].state else { return }
        runs[index].state = .running
        runs[index].isRepaired = true
        runs[index].lastActivity = moment.monotonic
    }

    func openRunIndex(of timer: DeviceID) -> Int? {
        runs.lastIndex { $0.timer == timer && $0.isOpen }
    }

    private func settlingTime(_ run: Run) -> Nanoseconds {
        run.isComplete ? settings.settlingTime : settings.settlingTime + settings.repairTimeout
    }

    /// The run of a shot: the open one, one that has just ended, or a new one if the start was missed.
    private mutating func runIndex(
        of timer: DeviceID, _ string: Int?, _ source: TimerReportSource, at moment: Moment, _ events: inout [RunEvent]
    ) -> Int {
        if let index = runs.lastIndex(where: { $0.timer == timer }) {
            let isSame = string == nil || runs[index].string == nil || runs[index].string == string
            if isSame, runs[index].isOpen || source != .pushed { return index }
        }
        start(timer, string, .repaired, at: moment, &events)
        return runs.count - 1
    }

    private mutating func start(
        _ timer: DeviceID, _ string: Int?, _ source: TimerReportSource, at moment: Moment, _ events: inout [RunEvent]
    ) {
        if let index = openRunIndex(of: timer) {
            let run = runs[index]
            if let string, run.string == string, run.shots.isEmpty, case .running = run.state {
                // The same start, repeated.
                runs[index].clock.record(.zero, at: moment.monotonic, source)
                return
            }
            switch run.state {
            case .settling: end(index, .completed, &events)
            case .disconnected: end(index, .unknown, &events)
            default: end(index, .interrupted, &events)
            }
        }
        open(timer, string, at: moment)
        let index = runs.count - 1
        runs[index].clock.record(.zero, at: moment.monotonic, source)
        runs[index].isRepaired = source == .repaired
        events.append(event(runs[index], .started(at: runs[index].beep)))
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

    /// `run_001`: at least three digits.
    package static func id(_ number: Int) -> RunID {
        let digits = String(number)
        return RunID("run_" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits)
    }

    private mutating func record(
        _ shot: Shot, _ source: TimerReportSource, at moment: Moment, on index: Int, _ events: inout [RunEvent]
    ) {
        guard 1...ShotPairing.maximumShots ~= shot.number, shot.time >= .zero else { return }
        reconnect(index, at: moment)
        runs[index].lastActivity = moment.monotonic
        // A repeated report may have arrived earlier than the first one and improve the clock.
        if let known = runs[index].shots[shot.number], known.time != shot.time { return }
        runs[index].clock.record(shot.time, at: moment.monotonic, source)
        runs[index].timerShotCount = max(runs[index].timerShotCount, shot.number)
        guard runs[index].shots[shot.number] == nil else { return }
        runs[index].shots[shot.number] = Run.TimedShot(time: shot.time, isRepaired: source == .repaired)
        if source == .repaired { runs[index].isRepaired = true }
        if let shot = runs[index].shot(shot.number) { events.append(event(runs[index], .shot(shot))) }
        guard runs[index].isOpen else {
            // The hits of an ended run are final.
            runs[index].pairing.unpairedShots.append(shot.number)
            events.append(event(runs[index], .updated(runs[index].summary)))
            return
        }
        pairAndReport(index, &events)
        if case .settling = runs[index].state, runs[index].isComplete {
            runs[index].state = .settling(until: moment.monotonic + settings.settlingTime)
        }
    }

    /// A whole string that was missed live. Its time is unknown; it ended before now.
    private mutating func addListedString(
        _ timer: DeviceID, _ times: [Nanoseconds], at moment: Moment, _ events: inout [RunEvent]
    ) {
        let times = times.prefix(ShotPairing.maximumShots)
        guard let last = times.last else { return }
        if let index = openRunIndex(of: timer) {
            if case .settling = runs[index].state {
                end(index, .completed, &events)
            } else {
                end(index, .unknown, &events)
            }
        }
        open(timer, nil, at: Moment(monotonic: moment.monotonic - last, wall: moment.wall + (.zero - last)))
        let index = runs.count - 1
        runs[index].isRepaired = true
        events.append(event(runs[index], .started(at: runs[index].began.wall)))
        for (offset, time) in times.enumerated() {
            runs[index].shots[offset + 1] = Run.TimedShot(time: time, isRepaired: true)
            runs[index].timerShotCount = offset + 1
            if let shot = runs[index].shot(offset + 1) { events.append(event(runs[index], .shot(shot))) }
        }
        end(index, .completed, &events)
    }
}
