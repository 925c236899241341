import Clocks
import Events
import JSON

/// The JSON in which a run is stored, independent of the API's. Rows of years ago are still read: members may be added,
/// but not changed. Times are whole nanoseconds; a shot and a hit are arrays, because a run can have thousands.
package enum RunCodec {
    /// Format 1, which has no such member, was the API's; `RunCodec+Format1.swift` reads it.
    private static let format = 2

    package static func encode(_ run: RunRecord) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.member("format", format)
        writer.member("id", run.id.text)
        writer.member("number", run.number)
        writer.member("timer", run.timer.text)
        writer.member("started", run.started.nanoseconds)
        if let ended = run.ended { writer.member("ended", ended.nanoseconds) }
        if let end = run.end { writer.member("end", end.rawValue) }
        if let shooter = run.shooter { writer.member("shooter", shooter) }
        if let stage = run.stage { writer.member("stage", stage) }
        writer.list("shots", run.shots) { shot, writer in write(shot, to: &writer) }
        writer.list("hits", run.hits) { hit, writer in write(hit, to: &writer) }
        writer.key("summary")
        write(run.summary, to: &writer)
        writer.list("events", run.events) { event, writer in writer.integer(event) }
        if let dating = run.dating { write(dating, to: &writer) }
        writer.endObject()
        return writer.finish()
    }

    /// Nil if the JSON is not a valid run.
    package static func decode(_ json: [UInt8]) -> RunRecord? {
        guard let value = try? JSONValue(parsing: json, limits: limits) else { return nil }
        guard value["format"]?.integerValue == Int64(format) else { return decodeFormat1(value) }
        guard let id = value["id"]?.stringValue, let number = value["number"]?.integerValue,
            let timer = value["timer"]?.stringValue, let started = value["started"]?.integerValue
        else { return nil }
        let end = value["end"]?.stringValue
        guard end == nil || end.flatMap(RunEvent.EndReason.init(rawValue:)) != nil else { return nil }
        return RunRecord(
            id: RunID(id), number: number, timer: DeviceID(timer), started: WallTime(nanoseconds: started),
            ended: value["ended"]?.integerValue.map(WallTime.init(nanoseconds:)),
            end: end.flatMap(RunEvent.EndReason.init(rawValue:)), shooter: value["shooter"]?.stringValue,
            stage: value["stage"]?.stringValue, shots: value["shots"]?.arrayValue?.compactMap(shot) ?? [],
            hits: value["hits"]?.arrayValue?.compactMap(hit) ?? [], summary: summary(value["summary"]),
            events: value["events"]?.arrayValue?.compactMap(\.eventID) ?? [], dating: value["dating"].flatMap(dating))
    }

    /// A run with the maximum of shots and hits fits.
    private static let limits: JSONLimits = {
        var limits = JSONLimits.stored
        limits.bytes = 4 << 20
        return limits
    }()

    // MARK: Dating: [boot, correction, source]

    private static func write(_ dating: RunDating, to writer: inout JSONWriter) {
        writer.key("dating")
        writer.beginArray()
        writer.integer(dating.boot.nanoseconds)
        writer.integer(dating.correction.count)
        writer.string(dating.source.rawValue)
        writer.endArray()
    }

    private static func dating(_ value: JSONValue) -> RunDating? {
        guard let boot = value[0]?.integerValue, let correction = value[1]?.integerValue,
            let source = value[2]?.stringValue.flatMap(ClockSource.init(rawValue:))
        else { return nil }
        return RunDating(boot: WallTime(nanoseconds: boot), source: source, correction: Nanoseconds(correction))
    }

    // MARK: Shots: [number, time, split, repaired, fired, error, final]

    private static func write(_ shot: RunShot, to writer: inout JSONWriter) {
        writer.beginArray()
        writer.integer(shot.number)
        writer.integer(shot.time.count)
        writer.integer(shot.split.count)
        writer.boolean(shot.isRepaired)
        if let fired = shot.fired { writer.integer(fired.nanoseconds) } else { writer.null() }
        if let error = shot.error { writer.integer(error.count) } else { writer.null() }
        writer.boolean(shot.isFinal)
        writer.endArray()
    }

    private static func shot(_ value: JSONValue) -> RunShot? {
        guard let number = value[0]?.integerValue, let time = value[1]?.span, let split = value[2]?.span else {
            return nil
        }
        let fired = value[4]?.integerValue.map(WallTime.init(nanoseconds:))
        return RunShot(
            number: Int(number), time: time, split: split, fired: fired, error: fired == nil ? nil : value[5]?.span,
            isRepaired: value[3]?.booleanValue ?? false, isFinal: value[6]?.booleanValue ?? false)
    }

    // MARK: Hits: [impact, sensor, target, peak, time, final, match], with an empty match, [shot, delay, error, confidence]
    // or [impact on the neighbour]

    private static func write(_ hit: RunHit, to writer: inout JSONWriter) {
        writer.beginArray()
        writer.integer(hit.impact)
        writer.string(hit.sensor.text)
        if let target = hit.target { writer.string(target) } else { writer.null() }
        writer.number(hit.peakVelocity)
        writer.integer(hit.time.count)
        writer.boolean(hit.isFinal)
        writer.beginArray()
        switch hit.match {
        case .shot(let number, let delay, let error, let confidence):
            writer.integer(number)
            writer.integer(delay.count)
            writer.integer(error.count)
            writer.number(confidence)
        case .crossTalk(let other): writer.integer(other)
        case .none: break
        }
        writer.endArray()
        writer.endArray()
    }

    private static func hit(_ value: JSONValue) -> RunHit? {
        guard let impact = value[0]?.eventID, let sensor = value[1]?.stringValue, let peak = value[3]?.doubleValue,
            let time = value[4]?.span, let match = value[6].flatMap(match)
        else { return nil }
        return RunHit(
            impact: impact, sensor: DeviceID(sensor), target: value[2]?.stringValue, peakVelocity: peak, time: time,
            match: match, isFinal: value[5]?.booleanValue ?? false)
    }

    private static func match(_ value: JSONValue) -> RunHit.Match? {
        switch value.arrayValue?.count {
        case 0: return RunHit.Match.none
        case 1: return value[0]?.eventID.map { .crossTalk(of: $0) }
        default:
            guard let shot = value[0]?.integerValue, let delay = value[1]?.span, let error = value[2]?.span,
                let confidence = value[3]?.doubleValue
            else { return nil }
            return .shot(Int(shot), delay: delay, error: error, confidence: confidence)
        }
    }

    // MARK: Summary

    private static func write(_ summary: RunSummary, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("shots", summary.shots)
        writer.member("time", summary.time.count)
        if let first = summary.firstShot { writer.member("first", first.count) }
        if let split = summary.bestSplit { writer.member("best", split.count) }
        writer.member("hits", summary.hits)
        writer.member("strays", summary.strayHits)
        writer.list("targets", summary.targets) { target, writer in
            writer.beginArray()
            writer.string(target.target)
            writer.integer(target.hits)
            writer.endArray()
        }
        writer.list("par", summary.parTimes) { par, writer in
            writer.beginArray()
            writer.integer(par.time.count)
            writer.integer(par.shots)
            writer.endArray()
        }
        if summary.isRepaired { writer.member("repaired", true) }
        writer.endObject()
    }

    private static func summary(_ value: JSONValue?) -> RunSummary {
        RunSummary(
            shots: value?["shots"]?.count ?? 0, time: value?["time"]?.span ?? .zero, firstShot: value?["first"]?.span,
            bestSplit: value?["best"]?.span, hits: value?["hits"]?.count ?? 0, strayHits: value?["strays"]?.count ?? 0,
            targets: value?["targets"]?.arrayValue?.compactMap { target in
                target[0]?.stringValue.map { .init(target: $0, hits: target[1]?.count ?? 0) }
            } ?? [],
            parTimes: value?["par"]?.arrayValue?.compactMap { par in
                par[0]?.span.map { .init(time: $0, shots: par[1]?.count ?? 0) }
            } ?? [],
            isRepaired: value?["repaired"]?.booleanValue ?? false)
    }
}

extension Nanoseconds {
    /// Nil for a time that no run has: the document is damaged. The limit leaves room for the sums of all runs.
    var ofRun: Nanoseconds? { magnitude <= .seconds(100 * 86_400) ? self : nil }
}

extension JSONValue {
    var eventID: UInt64? { integerValue.map { UInt64(clamping: $0) } }
    var count: Int? { integerValue.flatMap { 0...1_000_000 ~= $0 ? Int($0) : nil } }
    fileprivate var span: Nanoseconds? { integerValue.flatMap { Nanoseconds($0).ofRun } }
}

extension JSONWriter {
    fileprivate mutating func list<Element>(
        _ name: StaticString, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
    ) {
        key(name)
        beginArray()
        for element in elements { write(element, &self) }
        endArray()
    }
}
