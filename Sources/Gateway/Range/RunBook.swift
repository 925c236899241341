import Clocks
import Events
import Signals

/// The runs at hand: the tracker that makes them, what is known of each so far, and what they are made of. A value:
/// inputs go in, events and what has to be written down come out.
package struct RunBook: Sendable {
    package private(set) var tracker: RunTracker
    /// Those that may still change, by id.
    package private(set) var records: [RunID: ToldRun] = [:]
    private var order: [RunID] = []
    /// Runs that were under way before a restart.
    private(set) var remade: Set<RunID> = []
    private var lastInput: Int64 = 0
    /// Inputs of runs that are not over are on the disk.
    private var keepsInputs = false

    package static let mostRecords = RunTracker.mostRuns

    init(_ tracker: RunTracker, lastInput: Int64 = 0) {
        self.tracker = tracker
        self.lastInput = lastInput
    }

    /// What has to be written down after an input.
    package struct Notes: Hashable, Sendable {
        var inputs: [(number: Int64, input: KeptInput)] = []
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
    mutating func take(_ input: RangeInput, at moment: Moment) -> (events: [RunEvent], notes: Notes) {
        let (names, next) = (tracker.upcoming, tracker.nextNumber)
        let events = tracker.take(input, at: moment)
        return (events, notes(on: input, at: moment, names, next))
    }

    /// Lets time pass.
    package mutating func advance(to moment: Moment) -> (events: [RunEvent], notes: Notes) {
        (tracker.advance(to: moment), settled())
    }

    /// An event has been told under this id.
    mutating func told(_ event: RunEvent, id: UInt64, at time: WallTime) {
        if records[event.run] == nil {
            if order.count >= Self.mostRecords { records[order.removeFirst()] = nil }
            order.append(event.run)
            records[event.run] = ToldRun(event, number: Self.number(of: event.run), at: time)
        }
        records[event.run]?.take(event, id: id, at: time)
    }

    mutating func nameUpcoming(_ names: RunNames) { tracker.nameNext(names) }

    mutating func setDelay(_ delay: DelayModel?, of sensor: DeviceID) { tracker.delays[sensor] = delay }

    mutating func forget(_ run: RunID) -> Notes {
        tracker.forget(run)
        records[run] = nil
        order.removeAll { $0 == run }
        return settled()
    }

    /// Makes again what was under way before a restart; nobody is told anew.
    package static func remade(
        from inputs: [KeptInput], lastInput: Int64, nextNumber: Int, delays: [DeviceID: DelayModel], at now: Moment
    ) -> RunBook {
        var book = RunBook(RunTracker(nextNumber: nextNumber, delays: delays), lastInput: lastInput)
        for kept in inputs.map({ $0.moved(to: now) }) {
            if case .upcoming(let names, let next) = kept.input, book.records.isEmpty {
                book.tracker = RunTracker(nextNumber: next, delays: delays)
                book.tracker.nameNext(names)
                continue
            }
            for event in book.tracker.take(kept.input, at: kept.moment) {
                book.told(event, id: 0, at: kept.moment.wall)
            }
        }
        book.keepsInputs = !inputs.isEmpty
        book.remade = Set(book.tracker.runs.lazy.filter(\.isOpen).map(\.id))
        return book
    }

    /// The numbers of events that told of a run before a restart.
    mutating func restoreEvents(_ events: [UInt64], of run: RunID) {
        records[run]?.restore(events)
    }

    var hasOpenRun: Bool { tracker.runs.contains(where: \.isOpen) }

    private mutating func notes(on input: RangeInput, at moment: Moment, _ names: RunNames, _ next: Int) -> Notes {
        guard hasOpenRun else { return settled() }
        var notes = Notes()
        if !keepsInputs {
            notes.inputs.append(kept(.upcoming(names, next: next), at: moment))
            keepsInputs = true
        }
        notes.inputs.append(kept(input, at: moment))
        return notes
    }

    private mutating func kept(_ input: RangeInput, at moment: Moment) -> (Int64, KeptInput) {
        lastInput += 1
        return (lastInput, KeptInput(input: input, moment: moment))
    }

    private mutating func settled() -> Notes {
        guard keepsInputs, !hasOpenRun else { return Notes() }
        keepsInputs = false
        return Notes(forget: lastInput)
    }

    /// The tracker makes ids of numbers.
    private static func number(of run: RunID) -> Int64 {
        Int64(run.text.filter(\.isNumber)) ?? 0
    }
}

extension RunTracker {
    fileprivate mutating func take(_ input: RangeInput, at moment: Moment) -> [RunEvent] {
        switch input {
        case .said(let timer, let action, let string, let source):
            self.timer(timer, said: action, string: string, source, at: moment)
        case .timerReady(let timer): timerIsReady(timer, at: moment)
        case .timerLost(let timer): timerIsLost(timer, at: moment)
        case .felt(let impact): felt(impact, at: moment)
        case .named(let run, let names): name(run, names) ?? []
        case .upcoming(let names, _): name(names)
        }
    }

    private mutating func name(_ names: RunNames) -> [RunEvent] {
        nameNext(names)
        return []
    }
}
