import Clocks
import Events
import Hub
import Logging
import Reactor
import Signals
import Store

/// The runs of the range: publishes and stores their changes, and applies edits.
@ReactorActor
final class RangeRuns {
    private let hub: Hub
    private let persistence: RangePersistence
    private let explanations: RangeExplanations
    private let now: @ReactorActor () -> Moment
    private var active = ActiveRuns(RunTracker(nextNumber: 1))
    /// The ids of the events of each timer's latest string, for explanations.
    private var shotEvents: [DeviceID: ShotEventIDs] = [:]
    /// Incremented with every change of a stored run, to detect concurrent edits.
    private var storedRunChanges = 0

    /// How a run that begins now is dated; nil if the time is known.
    var dating: @ReactorActor () -> RunDating? = { nil }

    /// Called after a run has ended, with what is known of the sensors' delays.
    var onRunEnded: (Run, [DeviceID: DelayModel], Moment) -> Void = { _, _, _ in }

    init(
        hub: Hub, persistence: RangePersistence, explanations: RangeExplanations,
        now: @escaping @ReactorActor () -> Moment
    ) {
        self.hub = hub
        self.persistence = persistence
        self.explanations = explanations
        self.now = now
    }

    var deadline: MonotonicTime? { active.tracker.deadline }
    var delays: [DeviceID: DelayModel] { active.tracker.delays }
    var upcomingNames: RunNames { active.tracker.upcoming }
    var tracker: RunTracker { active.tracker }

    func latest(of timer: DeviceID) -> Run? { active.tracker.runs.last { $0.timer == timer } }

    /// Whether the timer's open run was restored after a restart.
    func hasRestoredRun(of timer: DeviceID) -> Bool { active.hasRestoredRun(of: timer) }

    // MARK: Events

    func receive(_ event: TimerEvent, at moment: Moment) {
        for event in active.newEvents(in: event) {
            let (runEvents, writes) = active.apply(.timer(event), at: moment)
            let stamp = hub.publish(.timer(event), at: moment, device: active.deviceTime(of: event))
            shotEvents[event.timer, default: ShotEventIDs()].record(event.action, event: stamp.id)
            explanations.explain(event, stamp, clock: active.clock(of: event.timer))
            publish(runEvents, writes, at: moment)
        }
    }

    func apply(_ input: RunInput, at moment: Moment) {
        let (events, writes) = active.apply(input, at: moment)
        publish(events, writes, at: moment)
    }

    func advance(to moment: Moment) {
        let (events, writes) = active.advance(to: moment)
        publish(events, writes, at: moment)
    }

    /// Publishes and stores the changes of runs.
    private func publish(_ events: [RunEvent], _ writes: ActiveRuns.PendingWrites, at moment: Moment) {
        for (number, input) in writes.inputs { persistence.save(input, number: number) }
        var changed: [RunID] = []
        for event in events {
            let stamp = hub.publish(.run(event), at: moment)
            active.record(event, id: stamp.id, at: moment.wall, dating: dating())
            explanations.explain(event, stamp, in: active, shotEvents[event.timer] ?? ShotEventIDs())
            if !changed.contains(event.run) { changed.append(event.run) }
            if case .ended = event.change { runEnded(event.run, at: moment) }
        }
        for run in changed { save(run) }
        if let through = writes.forget { persistence.removeInputs(through: through) }
    }

    private func runEnded(_ id: RunID, at moment: Moment) {
        if let run = active.tracker[id] { onRunEnded(run, delays, moment) }
        saveUpcoming()
    }

    func resetDelay(of sensor: DeviceID) {
        active.setDelay(nil, of: sensor)
    }

    // MARK: API

    func run(_ id: String) async throws(RangeError) -> RunRecord {
        // Runs in memory are available without the disk.
        if let run = active.records[RunID(id)], active.tracker[RunID(id)] != nil { return run }
        guard let run = try await persistence.run(id) else { throw .unknown("there is no run \"\(id)\"") }
        return run
    }

    func edit(_ id: String, _ edit: RunEdit) async throws(RangeError) -> RunRecord {
        if let run = active.tracker[RunID(id)] {
            apply(.names(run.id, run.names.edited(edit)), at: now())
            if let record = active.records[run.id] { return record }
        }
        return try await editStored(id, edit)
    }

    /// Edits a run that is in the store only.
    private func editStored(_ id: String, _ edit: RunEdit) async throws(RangeError) -> RunRecord {
        var (run, seen): (RunRecord, Int)
        repeat {
            seen = storedRunChanges
            run = try await self.run(id)
            // Another edit during the read may have made the run outdated.
        } while seen != storedRunChanges
        let moment = now()
        let event = run.updated(by: edit)
        let stamp = hub.publish(.run(event), at: moment)
        run.apply(event, id: stamp.id, at: moment.wall)
        explanations.explain(event, stamp, in: active, ShotEventIDs())
        storedRunChanges += 1
        persistence.save(run)
        return run
    }

    func delete(_ id: String) async throws(RangeError) {
        if let run = active.tracker[RunID(id)], run.isOpen { throw .conflict("\(id) has not ended yet") }
        _ = try await self.run(id)
        let writes = active.forget(RunID(id))
        storedRunChanges += 1
        persistence.removeRun(id)
        publish([], writes, at: now())
    }

    func editUpcoming(_ edit: RunEdit) {
        active.nameUpcoming(upcomingNames.edited(edit))
        saveUpcoming()
    }

    // MARK: Dates

    /// Corrects the times of the runs from this number on, which began before the time was known; returns how many changed.
    func redate(by source: ClockSource, boot: WallTime, from first: Int64) async -> Int {
        var changed = Set(active.redate(by: source, boot: boot).map(\.text))
        for id in changed { save(RunID(id)) }
        var filter = RunQuery()
        filter.limit = 100
        var isComplete = false
        while !isComplete {
            let seen = storedRunChanges
            guard let page = try? await persistence.runs(filter) else {
                Log.error("Runs of this boot cannot be read from the store: their times are not corrected")
                return changed.count
            }
            // An edit during the read may have made the page outdated.
            guard seen == storedRunChanges else { continue }
            for run in page.runs where run.number >= first && active.records[run.id] == nil {
                var new = run
                new.redate(by: source, boot: boot)
                guard new != run else { continue }
                storedRunChanges += 1
                persistence.save(new)
                changed.insert(run.id.text)
            }
            filter.before = page.next
            isComplete = page.next.map { $0 <= first } ?? true
        }
        return changed.count
    }

    // MARK: Persistence

    /// The store did not open in time, so the number of stored runs is unknown: seconds since 1970 exceed any run number.
    func startWithoutStore() {
        active = ActiveRuns(RunTracker(nextNumber: Int(now().wall.nanoseconds / 1_000_000_000)))
    }

    func restore(_ stored: RangePersistence.State, delays: [DeviceID: DelayModel], isSameBoot: Bool) async {
        active = .restored(
            from: stored.inputs, lastInput: stored.lastInput, nextNumber: stored.nextRun, delays: delays, at: now(),
            isSameBoot: isSameBoot)
        active.nameUpcoming(stored.upcomingNames)
        for run in active.tracker.runs where run.isOpen {
            Log.info("Run \(run.id) of \(run.timer) continues with \(run.shots.count) shots")
            let stored = (try? await persistence.run(run.id.text)) ?? nil
            active.restoreEvents(stored, of: run.id)
        }
    }

    func saveAll() {
        saveUpcoming()
        for run in active.records.keys { save(run) }
    }

    private func save(_ id: RunID) {
        if let run = active.records[id] { persistence.save(run) }
    }

    private func saveUpcoming() {
        persistence.saveUpcoming(
            PersistedRunInput(.upcomingNames(upcomingNames, next: active.tracker.nextNumber), at: now()))
    }
}

extension RunRecord {
    /// The event of an edit by an operator.
    fileprivate func updated(by edit: RunEdit) -> RunEvent {
        var summary = summary
        if let times = edit.parTimes {
            summary.parTimes = times.map { seconds in
                let time = Nanoseconds(seconds: seconds)
                return .init(time: time, shots: shots.count { $0.time <= time })
            }
        }
        return RunEvent(
            run: id, timer: timer, shooter: edit.shooter ?? shooter, stage: edit.stage ?? stage,
            change: .updated(summary))
    }
}

extension RunNames {
    fileprivate func edited(_ edit: RunEdit) -> Self {
        var names = self
        if let shooter = edit.shooter { names.shooter = shooter }
        if let stage = edit.stage { names.stage = stage }
        if let times = edit.parTimes { names.parTimes = times.map { Nanoseconds(seconds: $0) } }
        return names
    }
}
