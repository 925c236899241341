import Bluetooth
import Clocks
import Devices
import Events
import JSON
import Reactor
import Signals
import Store
import Surfaces

/// Runs, as the interface asks for them.
extension RangeStation {
    func runs(_ filter: RunFilter) async throws(RangeRefusal) -> RunList {
        let page = try await asking { () throws(StoreFailure) in try await store.runs(RunQuery(filter)) }
        return RunList(documents: page.bodies, next: page.hasMore ? page.last : nil)
    }

    func run(_ id: String) async throws(RangeRefusal) -> [UInt8] {
        // What is at hand is told whatever becomes of the disk.
        if let run = book.records[RunID(id)], book.tracker[RunID(id)] != nil { return RunJSON.document(run) }
        let document = try await asking { () throws(StoreFailure) in try await store.run(id) }
        guard let document else { throw .unknown("there is no run \"\(id)\"") }
        return document
    }

    func editRun(_ id: String, _ edit: RunEdit) async throws(RangeRefusal) -> [UInt8] {
        if let run = book.tracker[RunID(id)] {
            take(.named(run.id, run.names.edited(edit)), at: now())
            if let record = book.records[run.id] { return RunJSON.document(record) }
        }
        let document = try await run(id)
        guard let edited = RunJSON.edited(document, edit), let stored = StoredRun(document: edited) else {
            throw .unavailable("the run \"\(id)\" cannot be read")
        }
        store.put(.run(stored))
        return edited
    }

    func deleteRun(_ id: String) async throws(RangeRefusal) {
        if let run = book.tracker[RunID(id)], run.isOpen { throw .conflict("\(id) is not over yet") }
        _ = try await run(id)
        let notes = book.forget(RunID(id))
        store.put(.forgetRun(id))
        tell([], notes, at: now())
    }

    var upcomingNames: RunNames { book.tracker.upcoming }

    func nameUpcoming(_ edit: RunEdit) {
        book.nameUpcoming(upcomingNames.edited(edit))
        keepUpcoming()
    }

    func tell(_ timer: String?, _ order: TimerOrder) throws(RangeRefusal) {
        guard let remote else { throw .unavailable("there is no Bluetooth here, so no timer can be told anything") }
        let command: AMGCommand =
            switch order {
            case .start: .start
            case .stop: .stop
            case .sensitivity(let level): .setSensitivity(level)
            }
        do {
            try remote.command(command, to: timer.map { DeviceID($0) })
        } catch {
            switch error {
            case .noTimer:
                throw .unknown(timer.map { "no timer \"\($0)\" is connected" } ?? "no timer is connected")
            case .ambiguous: throw .conflict("more than one timer is connected: name one")
            case .refused(let refusal): throw .conflict("\(refusal)")
            }
        }
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
        before = filter.before
        shooter = filter.shooter
        stage = filter.stage
        timer = filter.timer
        state = filter.state
        from = filter.from
        until = filter.until
    }
}

extension StoredRun {
    /// What runs are found by, taken from a run's own document.
    fileprivate init?(document: [UInt8]) {
        guard let run = try? JSONValue(parsing: document), let id = run["run_id"]?.stringValue,
            let number = run["number"]?.integerValue, let timer = run["device_id"]?.stringValue,
            let state = run["state"]?.stringValue,
            let started = run["start_time"]?.stringValue.flatMap({ ISO8601.time($0) })
        else { return nil }
        self.init(
            id: id, number: number, started: started, timer: timer, shooter: run["shooter_name"]?.stringValue,
            stage: run["stage_name"]?.stringValue, state: state, body: document)
    }
}
