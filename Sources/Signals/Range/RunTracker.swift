import Clocks
import Events

/// Builds runs from the reports of timers and sensors.
///
/// A start opens a run, shots and impacts are added to it, and a stop ends it after the settling time. A run that ends
/// without a stop has another `EndReason`. Ids increase and are never reused; the caller passes in the next number.
package struct RunTracker: Sendable {
    package var settings: RunSettings
    /// The open runs and the most recent ended ones, which can still receive names and recovered shots.
    package internal(set) var runs: [Run] = []
    package internal(set) var nextNumber: Int
    /// The learned delays of the sensors.
    package var delays: [DeviceID: DelayModel]
    /// The names of the next run.
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

    /// When `advance(to:)` has to be called if there are no reports.
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

    /// Applies an input and returns the resulting events.
    package mutating func apply(_ input: RunInput, at moment: Moment) -> [RunEvent] {
        switch input {
        case .timer(let event): return receive(event, at: moment)
        case .timerReady(let timer): return timerReady(timer, at: moment)
        case .timerDisconnected(let timer): return timerDisconnected(timer, at: moment)
        case .impact(let impact): return addImpact(impact, at: moment)
        case .names(let run, let names): return name(run, names) ?? []
        case .upcomingNames(let names, _):
            nameUpcoming(names)
            return []
        }
    }

    package mutating func advance(to now: Moment) -> [RunEvent] {
        var events: [RunEvent] = []
        for index in runs.indices {
            let unconfirmedCount = runs[index].unconfirmed.count
            runs[index].unconfirmed = runs[index].unconfirmed.filter { $0.value > now.monotonic }
            if runs[index].unconfirmed.count < unconfirmedCount { reportHits(index, &events) }
            guard let due = stateDeadline(of: runs[index]), now.monotonic >= due else { continue }
            switch runs[index].state {
            case .running: end(index, .timeout, &events)
            case .settling: end(index, .completed, &events)
            case .disconnected(let since, let isReported):
                if now.monotonic - runs[index].lastActivity >= settings.silenceTimeout {
                    end(index, .unknown, &events)
                } else if !isReported {
                    runs[index].state = .disconnected(since: since, isReported: true)
                    events.append(event(runs[index], .ended(.unknown, runs[index].summary)))
                }
            case .ended: break
            }
        }
        return events
    }
}

/// The timeouts of a run tracker.
package struct RunSettings: Hashable, Sendable {
    /// Longer than any timer waits for a shot: ten minutes plus a margin.
    package var silenceTimeout = Nanoseconds.seconds(630)
    /// From the stop until the last impact must have been reported. Later impacts belong to no run.
    package var settlingTime = Nanoseconds.milliseconds(1_500)
    /// Additional time while missing shots are being queried.
    package var repairTimeout = Nanoseconds.seconds(6)
    /// Shorter disconnections are not published.
    package var disconnectDelay = Nanoseconds.seconds(5)

    /// Maximum time between reports of one impact by sensors on the same rack.
    package var crossTalkWindow = Nanoseconds.milliseconds(150)

    package init() {}
}

/// What operators add to a run.
package struct RunNames: Hashable, Sendable {
    package var shooter: String?
    package var stage: String?
    package var parTimes: [Nanoseconds]

    package init(shooter: String? = nil, stage: String? = nil, parTimes: [Nanoseconds] = []) {
        self.shooter = shooter
        self.stage = stage
        self.parTimes = parTimes
    }
}

extension RunTracker {
    /// Adds an impact to every run that was open at its onset; in practice one.
    mutating func addImpact(_ impact: RunImpact, at moment: Moment) -> [RunEvent] {
        var events = advance(to: moment)
        for index in runs.indices where runs[index].isOpen && runs[index].impacts.count < Run.maximumImpacts {
            let begin = runs[index].clock.zero?.zero ?? runs[index].began.monotonic
            guard impact.onset >= begin - .milliseconds(100) else { continue }
            runs[index].impacts.append(impact)
            if impact.rack != nil { runs[index].unconfirmed[impact.id] = moment.monotonic + settings.crossTalkWindow }
            pairAndReport(index, &events)
        }
        return events
    }

    /// Sets the names of a run, before or after its end. Nil if the run is not in memory.
    mutating func name(_ id: RunID, _ names: RunNames) -> [RunEvent]? {
        guard let index = runs.firstIndex(where: { $0.id == id }) else { return nil }
        guard runs[index].names != names else { return [] }
        runs[index].names = names
        return [event(runs[index], .updated(runs[index].summary))]
    }

    /// Sets the names of the next run. Par times apply to all later runs, names to one.
    package mutating func nameUpcoming(_ names: RunNames) {
        upcoming = names
    }

    /// The wall clock was set while these runs were in memory: their times move by as much.
    package mutating func moveTimes(of run: RunID, by shift: Nanoseconds) {
        for index in runs.indices where runs[index].id == run {
            let began = runs[index].began
            runs[index].began = Moment(monotonic: began.monotonic, wall: began.wall + shift)
        }
    }

    package mutating func forget(_ id: RunID) {
        runs.removeAll { $0.id == id }
    }

    func event(_ run: Run, _ change: RunEvent.Change) -> RunEvent {
        RunEvent(
            run: run.id, timer: run.timer, shooter: run.names.shooter, stage: run.names.stage, change: change)
    }

    /// Publishes matches once they are certain, again when they change, and a last time when the run ends.
    mutating func pairAndReport(_ index: Int, _ events: inout [RunEvent]) {
        runs[index].pair(delays)
        reportHits(index, &events)
    }

    mutating func reportHits(_ index: Int, _ events: inout [RunEvent]) {
        for impact in runs[index].impacts {
            // A stronger impact on the same rack may still arrive.
            if runs[index].isOpen, runs[index].unconfirmed[impact.id] != nil { continue }
            let hit = runs[index].hit(impact)
            let reported = runs[index].reported[impact.id]
            if !hit.isFinal {
                // An impact without a shot is reported at the end only.
                if reported == nil, hit.shot == nil { continue }
                guard !Self.isSame(reported, hit.match) else { continue }
            }
            runs[index].reported[impact.id] = hit.match
            events.append(event(runs[index], .hit(hit)))
        }
    }

    /// A more precise delay alone is not reported.
    private static func isSame(_ reported: RunHit.Match?, _ match: RunHit.Match) -> Bool {
        switch (reported, match) {
        case (.shot(let before, _, _, _), .shot(let now, _, _, _)): before == now
        default: reported == match
        }
    }

    /// Ends a run: every shot and every impact is published as final, then the end.
    mutating func end(_ index: Int, _ reason: RunEvent.EndReason, _ events: inout [RunEvent]) {
        let wasReported = if case .disconnected(_, true) = runs[index].state { true } else { false }
        // The end is published last, so the pairs become final first.
        runs[index].pair(delays, isFinal: true)
        runs[index].state = .ended(reason)
        for number in runs[index].shotNumbers {
            if let shot = runs[index].shot(number) { events.append(event(runs[index], .finalShot(shot))) }
        }
        reportHits(index, &events)
        if let observation = runs[index].delayObservation {
            delays.learn(observation, maximumSensors: Self.maximumSensors)
        }
        let change =
            wasReported && reason == .unknown
            ? RunEvent.Change.updated(runs[index].summary) : .ended(reason, runs[index].summary)
        events.append(event(runs[index], change))
    }
}

/// An input of `RunTracker`. Replaying the inputs of a run gives the same run.
package enum RunInput: Hashable, Sendable {
    case timer(TimerEvent)
    case timerReady(DeviceID)
    case timerDisconnected(DeviceID)
    case impact(RunImpact)
    case names(RunID, RunNames)
    /// The names of the next run and its number: the first of the stored inputs.
    case upcomingNames(RunNames, next: Int)
}
