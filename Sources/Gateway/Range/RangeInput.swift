import Bluetooth
import Clocks
import Events
import JSON
import Signals

/// Something that runs are made of. The inputs of a run that is under way are kept, so that it can be made again after a
/// restart: the tracker comes to the same run from the same inputs.
enum RangeInput: Hashable, Sendable {
    case said(DeviceID, TimerEvent.Action, string: Int?, StatementSource)
    case timerReady(DeviceID)
    case timerLost(DeviceID)
    case felt(RunImpact)
    case named(RunID, RunNames)
    /// What the next run is called, and its number: the first input of all.
    case upcoming(RunNames, next: Int)
}

/// An input and when it came, as it is kept.
struct KeptInput: Hashable, Sendable {
    let input: RangeInput
    let moment: Moment

    /// On a machine that was started anew meanwhile the monotonic clock counts from another zero. Then the wall clock
    /// tells how long ago it was.
    func moved(to now: Moment) -> KeptInput {
        let ago = now.wall - moment.wall
        let drift = (now.monotonic - moment.monotonic) - ago
        guard abs(drift.count) > Self.greatestDrift.count else { return self }
        let monotonic = now.monotonic - max(ago, .zero)
        guard case .felt(let impact) = input else {
            return KeptInput(input: input, moment: Moment(monotonic: monotonic, wall: moment.wall))
        }
        let age: Nanoseconds = moment.monotonic - impact.onset
        let onset = monotonic - age
        return KeptInput(
            input: .felt(
                RunImpact(
                    id: impact.id, sensor: impact.sensor, target: impact.target, rack: impact.rack, onset: onset,
                    onsetError: impact.onsetError, peakVelocity: impact.peakVelocity)),
            moment: Moment(monotonic: monotonic, wall: moment.wall))
    }

    /// What a wall clock is corrected by without a jump.
    private static let greatestDrift = Nanoseconds.seconds(2)
}

/// As JSON.
extension KeptInput {
    var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("monotonic", moment.monotonic.nanoseconds)
        writer.member("wall", moment.wall.nanoseconds)
        switch input {
        case .said(let timer, let action, let string, let source):
            writer.member("timer", timer.text)
            writer.member("source", source.rawValue)
            if let string { writer.member("string", string) }
            Self.write(action, to: &writer)
        case .timerReady(let timer): writer.member("ready", timer.text)
        case .timerLost(let timer): writer.member("lost", timer.text)
        case .felt(let impact): Self.write(impact, to: &writer)
        case .named(let run, let names):
            writer.member("named", run.text)
            Self.write(names, to: &writer)
        case .upcoming(let names, let next):
            writer.member("next", next)
            Self.write(names, to: &writer)
        }
        writer.endObject()
        return writer.take()
    }

    /// Nil for what was not written here.
    init?(_ json: [UInt8]) {
        guard let value = try? JSONValue(parsing: json), let monotonic = value["monotonic"]?.integerValue,
            let wall = value["wall"]?.integerValue, let input = Self.input(value)
        else { return nil }
        self.input = input
        moment = Moment(monotonic: MonotonicTime(nanoseconds: monotonic), wall: WallTime(nanoseconds: wall))
    }

    private static func input(_ value: JSONValue) -> RangeInput? {
        if let timer = value["timer"]?.stringValue {
            guard let action = action(value),
                let source = value["source"]?.stringValue.flatMap(StatementSource.init(rawValue:))
            else { return nil }
            let string = value["string"]?.integerValue.map { Int($0) }
            return .said(DeviceID(timer), action, string: string, source)
        }
        if let timer = value["ready"]?.stringValue { return .timerReady(DeviceID(timer)) }
        if let timer = value["lost"]?.stringValue { return .timerLost(DeviceID(timer)) }
        if let run = value["named"]?.stringValue { return .named(RunID(run), names(value)) }
        if let next = value["next"]?.integerValue { return .upcoming(names(value), next: Int(next)) }
        return impact(value).map { .felt($0) }
    }
}

/// The parts.
extension KeptInput {
    private static func write(_ action: TimerEvent.Action, to writer: inout JSONWriter) {
        switch action {
        case .started: writer.member("action", "started")
        case .shot(let shot):
            writer.member("action", "shot")
            write(shot, to: &writer)
        case .stopped(let last):
            writer.member("action", "stopped")
            if let last { write(last, to: &writer) }
        case .listed(let times):
            writer.member("action", "listed")
            writer.key("times")
            writer.beginArray()
            for time in times { writer.integer(time.count) }
            writer.endArray()
        }
    }

    private static func write(_ shot: Shot, to writer: inout JSONWriter) {
        writer.member("shot", shot.number)
        writer.member("time", shot.time.count)
        writer.member("split", shot.split.count)
        if let first = shot.first { writer.member("first", first.count) }
    }

    private static func action(_ value: JSONValue) -> TimerEvent.Action? {
        switch value["action"]?.stringValue {
        case "started": .started
        case "shot": shot(value).map { .shot($0) }
        case "stopped": .stopped(last: shot(value))
        case "listed":
            .listed(times: value["times"]?.arrayValue?.compactMap { $0.integerValue.map(Nanoseconds.init) } ?? [])
        default: nil
        }
    }

    private static func shot(_ value: JSONValue) -> Shot? {
        guard let number = value["shot"]?.integerValue, let time = value["time"]?.integerValue,
            let split = value["split"]?.integerValue
        else { return nil }
        return Shot(
            number: Int(number), time: Nanoseconds(time), split: Nanoseconds(split),
            first: value["first"]?.integerValue.map(Nanoseconds.init))
    }

    private static func write(_ names: RunNames, to writer: inout JSONWriter) {
        if let shooter = names.shooter { writer.member("shooter", shooter) }
        if let stage = names.stage { writer.member("stage", stage) }
        writer.key("par")
        writer.beginArray()
        for time in names.parTimes { writer.integer(time.count) }
        writer.endArray()
    }

    private static func names(_ value: JSONValue) -> RunNames {
        RunNames(
            shooter: value["shooter"]?.stringValue, stage: value["stage"]?.stringValue,
            parTimes: value["par"]?.arrayValue?.compactMap { $0.integerValue.map(Nanoseconds.init) } ?? [])
    }

    private static func write(_ impact: RunImpact, to writer: inout JSONWriter) {
        writer.member("impact", impact.id)
        writer.member("sensor", impact.sensor.text)
        if let target = impact.target { writer.member("target", target) }
        if let rack = impact.rack { writer.member("rack", rack) }
        writer.member("onset", impact.onset.nanoseconds)
        writer.member("error", impact.onsetError.count)
        writer.member("peak", impact.peakVelocity)
    }

    private static func impact(_ value: JSONValue) -> RunImpact? {
        guard let id = value["impact"]?.integerValue, let sensor = value["sensor"]?.stringValue,
            let onset = value["onset"]?.integerValue, let error = value["error"]?.integerValue,
            let peak = value["peak"]?.doubleValue
        else { return nil }
        return RunImpact(
            id: UInt64(clamping: id), sensor: DeviceID(sensor), target: value["target"]?.stringValue,
            rack: value["rack"]?.stringValue, onset: MonotonicTime(nanoseconds: onset), onsetError: Nanoseconds(error),
            peakVelocity: peak)
    }
}
