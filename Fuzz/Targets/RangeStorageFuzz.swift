import Clocks
import Events
import Gateway
import JSON
import Signals
import Surfaces

/// What the range reads back from its file, whatever has become of that.
enum RangeStorageFuzz {
    private static let now = Moment(
        monotonic: MonotonicTime(nanoseconds: 50_000_000_000),
        wall: WallTime(nanoseconds: 1_790_000_000_000_000_000))

    /// What a run that was under way is made of, a line each: is read as it was written, and makes a run again.
    static func inputs(_ input: ArraySlice<UInt8>) throws {
        var kept: [PersistedRunInput] = []
        for line in input.split(separator: UInt8(ascii: "\n")).prefix(200) {
            guard let read = PersistedRunInput(Array(line)) else { continue }
            try require(PersistedRunInput(read.json) == read, "\(read) becomes another one when it is written")
            kept.append(read)
        }
        var book = ActiveRuns.restored(from: kept, lastInput: 1, nextNumber: 1, delays: [:], at: now)
        try check(book)
        // Time goes on, and whatever is due comes to an end.
        for _ in 0..<100 {
            guard let due = book.tracker.deadline else { break }
            let later = max(due, now.monotonic)
            _ = book.advance(to: Moment(monotonic: later, wall: now.wall + (later - now.monotonic)))
            try check(book)
            if let next = book.tracker.deadline { try require(next > later, "what was due is still due") }
        }
        try require(!book.tracker.runs.contains(where: \.isOpen), "a run has no end")
    }

    private static func check(_ book: ActiveRuns) throws {
        try require(book.tracker.runs.count <= RunTracker.maximumRuns, "\(book.tracker.runs.count) runs")
        try require(book.records.count <= ActiveRuns.maximumRecords, "\(book.records.count) records")
        for record in book.records.values {
            try require(RunDocument(RunJSON.document(record)) != nil, "\(record.id) cannot be read")
        }
    }

    /// What is kept of sensors, targets and runs.
    static func documents(_ input: ArraySlice<UInt8>) throws {
        let json = Array(input)
        let memory = PersistedSensorState(json)
        try require(PersistedSensorState(memory.json) == memory, "\(memory) becomes another one when it is written")
        // A sensor may be anywhere; what is known of it must not make the detector find what is not there.
        var detector = ImpactDetector(calibration: memory.rest)
        let still = ImpactSample(
            .momentary(acceleration: Vector3(x: 0, y: 0, z: 1), velocity: Vector3(x: 0, y: 0, z: 0)))
        var impacts = 0
        for number in 0..<60 {
            detector.receive([still], at: MonotonicTime(nanoseconds: Int64(number) * 10_000_000)) {
                if $0.isImpact { impacts += 1 }
            }
        }
        try require(impacts == 0, "a sensor at rest is hit, knowing \(memory)")

        if let object = try? JSONValue(parsing: json).objectValue, let target = try? TargetJSON.read(object, id: nil) {
            var writer = JSONWriter()
            TargetJSON.write(target.target, sensors: target.sensors, to: &writer)
            let again = try TargetJSON.read(JSONValue(parsing: writer.finish()).objectValue ?? JSONObject(), id: nil)
            try require(again == target, "\(target) becomes another one when it is written")
        }

        guard var run = RunDocument(json) else { return }
        let figures = run.updated
        try require(RunDocument(run.json)?.updated == figures, "a run becomes another one when it is written")
        var edit = RunEdit()
        (edit.shooter, edit.stage, edit.parTimes) = (.some("Ann"), .some(nil), [1.5])
        run.apply(edit)
        run.append(event: 17)
        try require(run.shooter == "Ann" && run.stage == nil, "it is called otherwise")
        try require(RunDocument(run.json)?.updated == run.updated, "an edited run becomes another one")
        try require(!RunCSV.table([json]).isEmpty, "a table without headings")
    }
}
