import Clocks
import Events
import Signals

/// The runs in memory: the tracker, the record of each run and the inputs to store. A value type: inputs go in, events and
/// pending writes come out.
package struct ActiveRuns: Sendable {
    package private(set) var tracker: RunTracker
    /// The runs that can still change, by id.
    package private(set) var records: [RunID: RunRecord] = [:]
    private var order: [RunID] = []
    /// Runs that were in progress before a restart.
    private var restored: Set<RunID> = []
    private var lastInput: Int64 = 0
    /// Whether inputs of open runs are stored.
    private var persistsInputs = false

    package static let maximumRecords = RunTracker.maximumRuns

    init(_ tracker: RunTracker, lastInput: Int64 = 0) {
        self.tracker = tracker
        self.lastInput = lastInput
    }

    /// What has to be stored after an input.
    package struct PendingWrites {
        var inputs: [(number: Int64, input: PersistedRunInput)] = []
        /// All inputs up to this number can be deleted.
        var forget: Int64?
    }

    /// Applies an input and returns the resulting events, in order.
    mutating func apply(_ input: RunInput, at moment: Moment) -> (events: [RunEvent], writes: PendingWrites) {
        let input = withoutRepeatedString(input)
        let (names, next) = (tracker.upcoming, tracker.nextNumber)
        let events = tracker.apply(input, at: moment)
        return (events, writes(for: input, at: moment, names, next))
    }

    package mutating func advance(to moment: Moment) -> (events: [RunEvent], writes: PendingWrites) {
        (tracker.advance(to: moment), finishIfIdle())
    }

    /// Records an event after it was published with this id.
    /// - Parameter dating: how a run that begins now is dated; nil if the time is known.
    mutating func record(_ event: RunEvent, id: UInt64, at time: WallTime, dating: RunDating? = nil) {
        if records[event.run] == nil {
            if order.count >= Self.maximumRecords { records[order.removeFirst()] = nil }
            order.append(event.run)
            records[event.run] = RunRecord(
                event, number: Self.number(of: event.run), at: time, dating: dating)
        }
        records[event.run]?.apply(event, id: id, at: time)
    }

    /// Corrects the times of the runs in memory; returns those that have changed.
    mutating func redate(by source: ClockSource, boot: WallTime) -> [RunID] {
        var changed: [RunID] = []
        for (id, record) in records {
            var new = record
            new.redate(by: source, boot: boot)
            guard new != record else { continue }
            tracker.moveTimes(of: id, by: new.started - record.started)
            records[id] = new
            changed.append(id)
        }
        return changed
    }

    mutating func nameUpcoming(_ names: RunNames) { tracker.nameUpcoming(names) }

    mutating func setDelay(_ delay: DelayModel?, of sensor: DeviceID) { tracker.delays[sensor] = delay }

    mutating func forget(_ run: RunID) -> PendingWrites {
        tracker.forget(run)
        records[run] = nil
        order.removeAll { $0 == run }
        return finishIfIdle()
    }

    /// A beep after a restart begins a new run, although its string can have the number of the restored one: timers count
    /// from one again when they are switched on.
    private func withoutRepeatedString(_ input: RunInput) -> RunInput {
        guard case .timer(let event) = input, event.action == .started, event.source != .repaired,
            hasRestoredRun(of: event.timer)
        else { return input }
        return .timer(
            TimerEvent(timer: event.timer, action: .started, string: nil, frame: event.frame, source: event.source))
    }

    private var hasOpenRun: Bool { tracker.runs.contains(where: \.isOpen) }

    private mutating func writes(
        for input: RunInput, at moment: Moment, _ names: RunNames, _ next: Int
    ) -> PendingWrites {
        guard hasOpenRun else { return finishIfIdle() }
        var writes = PendingWrites()
        if !persistsInputs {
            writes.inputs.append(persisted(.upcomingNames(names, next: next), at: moment))
            persistsInputs = true
        }
        writes.inputs.append(persisted(input, at: moment))
        return writes
    }

    private mutating func persisted(_ input: RunInput, at moment: Moment) -> (Int64, PersistedRunInput) {
        lastInput += 1
        return (lastInput, PersistedRunInput(input, at: moment))
    }

    private mutating func finishIfIdle() -> PendingWrites {
        guard persistsInputs, !hasOpenRun else { return PendingWrites() }
        persistsInputs = false
        return PendingWrites(forget: lastInput)
    }

    /// Inverse of `RunTracker.id(_:)`.
    private static func number(of run: RunID) -> Int64 {
        Int64(run.text.filter(\.isNumber)) ?? 0
    }
}

// MARK: - Restart

extension ActiveRuns {
    /// Rebuilds the runs that were in progress before a restart, without publishing events.
    package static func restored(
        from inputs: [PersistedRunInput], lastInput: Int64, nextNumber: Int, delays: [DeviceID: DelayModel],
        at now: Moment, isSameBoot: Bool = false
    ) -> ActiveRuns {
        var runs = ActiveRuns(RunTracker(nextNumber: nextNumber, delays: delays), lastInput: lastInput)
        for stored in inputs.map({ isSameBoot ? $0.continued(at: now) : $0.rebased(to: now) }) {
            if case .upcomingNames(let names, let next) = stored.input, runs.records.isEmpty {
                runs.tracker = RunTracker(nextNumber: next, delays: delays)
                runs.tracker.nameUpcoming(names)
                continue
            }
            for event in runs.tracker.apply(stored.input, at: stored.moment) {
                runs.record(event, id: 0, at: stored.moment.wall)
            }
        }
        runs.persistsInputs = !inputs.isEmpty
        runs.restored = Set(runs.tracker.runs.lazy.filter(\.isOpen).map(\.id))
        return runs
    }

    /// Restores the ids of events that were published before a restart, and how the run was dated.
    mutating func restoreEvents(_ stored: RunRecord?, of run: RunID) {
        records[run]?.restore(stored?.events ?? [], stored?.dating)
    }

    /// Whether the timer's open run was restored after a restart.
    func hasRestoredRun(of timer: DeviceID) -> Bool {
        tracker.openRun(of: timer).map { restored.contains($0.id) } ?? false
    }
}

// MARK: - Timers

extension ActiveRuns {
    /// The clock of the timer's open or latest run.
    func clock(of timer: DeviceID) -> StringClock? {
        (tracker.openRun(of: timer) ?? tracker.runs.last { $0.timer == timer })?.clock
    }

    /// The timer's own time and its mapping; nil for events without a time.
    func deviceTime(of event: TimerEvent) -> DeviceTime? {
        switch event.action {
        case .started: clock(of: event.timer)?.deviceTime(.zero)
        case .shot(let shot): clock(of: event.timer)?.deviceTime(shot.time)
        // The protocol does not say when the string was stopped.
        case .stopped, .listed: nil
        }
    }

    /// After a restart, a new session takes the running string for a missed one and lists it as a whole. If it is the
    /// restored run, only its missing shots are new.
    func newEvents(in event: TimerEvent) -> [TimerEvent] {
        guard case .listed(let times) = event.action, hasRestoredRun(of: event.timer),
            let run = tracker.openRun(of: event.timer),
            run.shots.allSatisfy({ number, shot in times.indices.contains(number - 1) && times[number - 1] == shot.time
            })
        else { return [event] }
        return times.enumerated().compactMap { index, time in
            guard run.shots[index + 1] == nil else { return nil }
            let shot = Shot(
                number: index + 1, time: time, split: time - (index > 0 ? times[index - 1] : .zero), first: times.first)
            return TimerEvent(
                timer: event.timer, action: .shot(shot), string: event.string, frame: event.frame, source: event.source)
        }
    }
}
