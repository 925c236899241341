import Clocks
import Events

/// What sensors and people say, and what comes of it all.
extension RunTracker {
    /// A hit belongs to every run that was open when it fell; in practice to one.
    package mutating func addImpact(_ impact: RunImpact, at moment: Moment) -> [RunEvent] {
        var events = advance(to: moment)
        for place in runs.indices where runs[place].isOpen && runs[place].impacts.count < Run.maximumImpacts {
            let begin = runs[place].clock.zero?.zero ?? runs[place].began.monotonic
            guard impact.onset >= begin - .milliseconds(100) else { continue }
            runs[place].impacts.append(impact)
            if impact.rack != nil { runs[place].unconfirmed[impact.id] = moment.monotonic + settings.crossTalkWindow }
            pairAndReport(place, &events)
        }
        return events
    }

    /// Names a run, before its end or after. False when it is not known here any more.
    package mutating func name(_ id: RunID, _ names: RunNames) -> [RunEvent]? {
        guard let place = runs.firstIndex(where: { $0.id == id }) else { return nil }
        guard runs[place].names != names else { return [] }
        runs[place].names = names
        return [event(runs[place], .updated(runs[place].summary))]
    }

    /// Names the run that begins next. Par times stay for those that follow, names do not.
    package mutating func nameUpcoming(_ names: RunNames) {
        upcoming = names
    }

    package mutating func forget(_ id: RunID) {
        runs.removeAll { $0.id == id }
    }

    func event(_ run: Run, _ change: RunEvent.Change) -> RunEvent {
        RunEvent(
            run: run.id, timer: run.timer, shooter: run.names.shooter, stage: run.names.stage, change: change)
    }

    /// Tells of pairs as soon as they are sure, and again when they are seen differently.
    mutating func pairAndReport(_ place: Int, _ events: inout [RunEvent]) {
        runs[place].pair(delays)
        reportHits(place, &events)
    }

    mutating func reportHits(_ place: Int, _ events: inout [RunEvent]) {
        for impact in runs[place].impacts {
            // Of two sensors on one rack the stronger one may still be on its way.
            if runs[place].isOpen, runs[place].unconfirmed[impact.id] != nil { continue }
            let hit = runs[place].hit(impact)
            let told = runs[place].reported[impact.id]
            // That something belongs to nothing can be said only at the end.
            if told == nil, hit.shot == nil, !hit.isFinal { continue }
            guard !Self.isSame(told, hit.match) else { continue }
            runs[place].reported[impact.id] = hit.match
            events.append(event(runs[place], .hit(hit)))
        }
    }

    /// A delay that is known a little better is no news.
    private static func isSame(_ told: RunHit.Match?, _ match: RunHit.Match) -> Bool {
        switch (told, match) {
        case (.shot(let before, _, _, _), .shot(let now, _, _, _)): before == now
        default: told == match
        }
    }

    mutating func end(_ place: Int, _ reason: RunEvent.EndReason, _ events: inout [RunEvent]) {
        let wasTold = if case .disconnected(_, true) = runs[place].state { true } else { false }
        runs[place].state = .ended(reason)
        pairAndReport(place, &events)
        if let lesson = runs[place].delayObservation { delays.learn(lesson, maximumSensors: Self.maximumSensors) }
        let change =
            wasTold && reason == .unknown
            ? RunEvent.Change.updated(runs[place].summary) : .ended(reason, runs[place].summary)
        events.append(event(runs[place], change))
    }
}
