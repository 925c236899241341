import Clocks
import Events
import JSON

/// Reads runs that were stored in the API's format: times in seconds or as text. Its hits were never marked as final, and
/// its shots had no such mark.
extension RunCodec {
    static func decodeFormat1(_ value: JSONValue) -> RunRecord? {
        guard let id = value["run_id"]?.stringValue, let number = value["number"]?.integerValue,
            let timer = value["device_id"]?.stringValue, let state = value["state"]?.stringValue,
            let started = value["start_time"]?.time
        else { return nil }
        let end = RunEvent.EndReason(rawValue: state)
        guard end != nil || state == "running" else { return nil }
        // A run of unknown end may have continued.
        let isOver = end != nil && end != .unknown
        return RunRecord(
            id: RunID(id), number: number, timer: DeviceID(timer), started: started, ended: value["end_time"]?.time,
            end: end, shooter: value["shooter_name"]?.stringValue,
            stage: value["stage_name"]?.stringValue,
            shots: value["shots"]?.arrayValue?.compactMap { shot($0, isFinal: isOver) } ?? [],
            hits: value["hits"]?.arrayValue?.compactMap { hit($0, isFinal: isOver) } ?? [],
            summary: summary(value["summary"]),
            events: value["events"]?.arrayValue?.compactMap(\.eventID) ?? [])
    }

    private static func shot(_ value: JSONValue, isFinal: Bool) -> RunShot? {
        guard let number = value["shot"]?.integerValue, let time = value["time"]?.seconds else { return nil }
        let fired = value["fired"]?.time
        return RunShot(
            number: Int(number), time: time, split: value["split"]?.seconds ?? time, fired: fired,
            error: fired == nil ? nil : value["error_seconds"]?.seconds,
            isRepaired: value["repaired"]?.booleanValue ?? false, isFinal: isFinal)
    }

    private static func hit(_ value: JSONValue, isFinal: Bool) -> RunHit? {
        guard let impact = value["impact_id"]?.eventID, let sensor = value["sensor_id"]?.stringValue,
            let peak = value["magnitude"]?.doubleValue, let time = value["time"]?.seconds
        else { return nil }
        return RunHit(
            impact: impact, sensor: DeviceID(sensor), target: value["target"]?.stringValue, peakVelocity: peak,
            time: time, match: match(value), isFinal: isFinal || value["final"]?.booleanValue ?? false)
    }

    private static func match(_ value: JSONValue) -> RunHit.Match {
        if let other = value["cross_talk_of"]?.eventID { return .crossTalk(of: other) }
        guard let shot = value["shot"]?.integerValue, let delay = value["delay"]?.seconds,
            let error = value["error_seconds"]?.seconds, let confidence = value["confidence"]?.doubleValue
        else { return .none }
        return .shot(Int(shot), delay: delay, error: error, confidence: confidence)
    }

    private static func summary(_ value: JSONValue?) -> RunSummary {
        func count(_ value: JSONValue?) -> Int { value?.count ?? 0 }
        return RunSummary(
            shots: count(value?["shots"]), time: value?["total_time"]?.seconds ?? .zero,
            firstShot: value?["first_shot"]?.seconds, bestSplit: value?["best_split"]?.seconds,
            hits: count(value?["hits"]), strayHits: count(value?["stray_hits"]),
            targets: value?["targets"]?.arrayValue?.compactMap { target in
                target["target"]?.stringValue.map { .init(target: $0, hits: count(target["hits"])) }
            } ?? [],
            parTimes: value?["par_times"]?.arrayValue?.compactMap { par in
                par["time"]?.seconds.map { .init(time: $0, shots: count(par["shots"])) }
            } ?? [],
            isRepaired: value?["repaired"]?.booleanValue ?? false)
    }
}

extension JSONValue {
    fileprivate var seconds: Nanoseconds? { doubleValue.flatMap { Nanoseconds(seconds: $0).ofRun } }
    fileprivate var time: WallTime? { stringValue.flatMap { ISO8601.parse($0) } }
}
