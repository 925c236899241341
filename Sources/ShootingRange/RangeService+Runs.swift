import Clocks
import Events
import Reactor
import Signals
import Store

/// Runs, as the interface asks for them.
extension RangeService {
    package func runs(_ filter: RunFilter) async throws(RangeError) -> RunList {
        let page = try await readStore { () throws(StoreError) in try await store.runs(RunQuery(filter)) }
        return RunList(documents: page.bodies, next: page.hasMore ? page.last : nil)
    }

    package func run(_ id: String) async throws(RangeError) -> [UInt8] {
        // What is at hand is told whatever becomes of the disk.
        if let run = activeRuns.records[RunID(id)], activeRuns.tracker[RunID(id)] != nil {
            return RunJSON.document(run)
        }
        let document = try await readStore { () throws(StoreError) in try await store.run(id) }
        guard let document else { throw .unknown("there is no run \"\(id)\"") }
        return document
    }

    package func editRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> [UInt8] {
        if let run = activeRuns.tracker[RunID(id)] {
            apply(.runNamed(run.id, run.names.edited(edit)), at: now())
            if let record = activeRuns.records[run.id] { return RunJSON.document(record) }
        }
        return try await editStoredRun(id, edit)
    }

    /// A run that is in the file alone.
    private func editStoredRun(_ id: String, _ edit: RunEdit) async throws(RangeError) -> [UInt8] {
        var (document, seen): ([UInt8], Int)
        repeat {
            seen = storedRunChanges
            document = try await run(id)
            // Somebody has changed a run while the file was being read: what was read may be old.
        } while seen != storedRunChanges
        guard var run = RunDocument(document) else { throw .unavailable("the run \"\(id)\" cannot be read") }
        run.apply(edit)
        let event = run.updated
        let stamp = hub.publish(.run(event), at: now())
        run.append(event: stamp.id)
        explanations.explain(event, stamp, in: activeRuns, ShotEventIDs())
        let edited = run.json
        storedRunChanges += 1
        store.put(
            .run(
                StoredRun(
                    id: id, number: run.number, started: run.started, timer: run.timer.text, shooter: run.shooter,
                    stage: run.stage, state: run.state, body: edited)))
        return edited
    }

    package func deleteRun(_ id: String) async throws(RangeError) {
        if let run = activeRuns.tracker[RunID(id)], run.isOpen { throw .conflict("\(id) is not over yet") }
        _ = try await run(id)
        let notes = activeRuns.forget(RunID(id))
        storedRunChanges += 1
        store.put(.forgetRun(id))
        publish([], notes, at: now())
    }

    package var upcomingNames: RunNames { activeRuns.tracker.upcoming }

    package func editUpcoming(_ edit: RunEdit) {
        activeRuns.nameUpcoming(upcomingNames.edited(edit))
        saveUpcoming()
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

extension RunQuery {
    fileprivate init(_ filter: RunFilter) {
        self.init()
        limit = filter.limit
        maximumBytes = filter.maximumBytes
        before = filter.before
        shooter = filter.shooter
        stage = filter.stage
        timer = filter.timer
        state = filter.state
        from = filter.from
        until = filter.until
    }
}
