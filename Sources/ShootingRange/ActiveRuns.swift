import Clocks
import Events
import Signals

/// The runs at hand: the tracker that makes them, what is known of each so far, and what they are made of. A value:
/// inputs go in, events and what has to be written down come out.
package struct ActiveRuns: Sendable {
    package private(set) var tracker: RunTracker
    /// Those that may still change, by id.
    package private(set) var records: [RunID: RunRecord] = [:]
    private var order: [RunID] = []
    /// Runs that were under way before a restart.
    private(set) var restored: Set<RunID> = []
    private var lastInput: Int64 = 0
    /// Inputs of runs that are not over are on the disk.
    private var persistsInputs = false

    package static let maximumRecords = RunTracker.maximumRuns

    init(_ tracker: RunTracker, lastInput: Int64 = 0) {
        self.tracker = tracker
        self.lastInput = lastInput
    }

    /// What has to be written down after an input.
    package struct PendingWrites: Hashable, Sendable {
        var inputs: [(number: Int64, input: PersistedRunInput)] = []
        /// All inputs up to this one are not needed any more.
        var forget: Int64?

        package static func == (left: Self, right: Self) -> Bool {
            left.forget == right.forget && left.inputs.elementsEqual(right.inputs) { $0 == $1 }
        }

        package func hash(into hasher: inout Hasher) {
            hasher.combine(forget)
            for (number, input) in inputs {
                hasher.combine(number)
                hasher.combine(input)
            }
        }
    }

    /// Takes an input in; returns what is to be told, in order.
    mutating func apply(_ input: RangeInput, at moment: Moment) -> (events: [RunEvent], notes: PendingWrites) {
        let (names, next) = (tracker.upcoming, tracker.nextNumber)
        let events = tracker.apply(input, at: moment)
        return (events, writes(for: input, at: moment, names, next))
    }

    /// Lets time pass.
    package mutating func advance(to moment: Moment) -> (events: [RunEvent], notes: PendingWrites) {
        (tracker.advance(to: moment), finishIfIdle())
    }

    /// An event has been told under this id.
    mutating func record(_ event: RunEvent, id: UInt64, at time: WallTime) {
        if records[event.run] == nil {
            if order.count >= Self.maximumRecords { records[order.removeFirst()] = nil }
            order.append(event.run)
            records[event.run] = RunRecord(event, number: Self.number(of: event.run), at: time)
        }
        records[event.run]?.apply(event, id: id, at: time)
    }

    mutating func nameUpcoming(_ names: RunNames) { tracker.nameUpcoming(names) }

    mutating func setDelay(_ delay: DelayModel?, of sensor: DeviceID) { tracker.delays[sensor] = delay }

    mutating func forget(_ run: RunID) -> PendingWrites {
        tracker.forget(run)
        records[run] = nil
        order.removeAll { $0 == run }
        return finishIfIdle()
    }

    /// Makes again what was under way before a restart; nobody is told anew.
    package static func restored(
        from inputs: [PersistedRunInput], lastInput: Int64, nextNumber: Int, delays: [DeviceID: DelayModel],
        at now: Moment
    ) -> ActiveRuns {
        var book = ActiveRuns(RunTracker(nextNumber: nextNumber, delays: delays), lastInput: lastInput)
        for kept in inputs.map({ $0.rebased(to: now) }) {
            if case .upcomingNames(let names, let next) = kept.input, book.records.isEmpty {
                book.tracker = RunTracker(nextNumber: next, delays: delays)
                book.tracker.nameUpcoming(names)
                continue
            }
            for event in book.tracker.apply(kept.input, at: kept.moment) {
                book.record(event, id: 0, at: kept.moment.wall)
            }
        }
        book.persistsInputs = !inputs.isEmpty
        book.restored = Set(book.tracker.runs.lazy.filter(\.isOpen).map(\.id))
        return book
    }

    /// The numbers of events that told of a run before a restart.
    mutating func restoreEvents(_ events: [UInt64], of run: RunID) {
        records[run]?.restoreEvents(events)
    }

    var hasOpenRun: Bool { tracker.runs.contains(where: \.isOpen) }

    private mutating func writes(for input: RangeInput, at moment: Moment, _ names: RunNames, _ next: Int)
        -> PendingWrites
    {
        guard hasOpenRun else { return finishIfIdle() }
        var notes = PendingWrites()
        if !persistsInputs {
            notes.inputs.append(persisted(.upcomingNames(names, next: next), at: moment))
            persistsInputs = true
        }
        notes.inputs.append(persisted(input, at: moment))
        return notes
    }

    private mutating func persisted(_ input: RangeInput, at moment: Moment) -> (Int64, PersistedRunInput) {
        lastInput += 1
        return (lastInput, PersistedRunInput(input: input, moment: moment))
    }

    private mutating func finishIfIdle() -> PendingWrites {
        guard persistsInputs, !hasOpenRun else { return PendingWrites() }
        persistsInputs = false
        return PendingWrites(forget: lastInput)
    }

    /// The tracker makes ids of numbers.
    private static func number(of run: RunID) -> Int64 {
        Int64(run.text.filter(\.isNumber)) ?? 0
    }
}

extension RunTracker {
    fileprivate mutating func apply(_ input: RangeInput, at moment: Moment) -> [RunEvent] {
        switch input {
        case .timerReport(let timer, let action, let string, let source):
            self.timer(timer, reported: action, string: string, source, at: moment)
        case .timerReady(let timer): timerReady(timer, at: moment)
        case .timerDisconnected(let timer): timerDisconnected(timer, at: moment)
        case .impact(let impact): addImpact(impact, at: moment)
        case .runNamed(let run, let names): name(run, names) ?? []
        case .upcomingNames(let names, _): name(names)
        }
    }

    private mutating func name(_ names: RunNames) -> [RunEvent] {
        nameUpcoming(names)
        return []
    }
}
