import Clocks
import Events
import JSON
import Signals

/// A stored input of the run tracker with its time. The inputs of a run in progress are stored, so that it continues after
/// a restart. The bytes of timer events are not stored.
package struct PersistedRunInput: Hashable, Sendable {
    package let input: RunInput
    package let moment: Moment

    package init(_ input: RunInput, at moment: Moment) {
        self.input = input
        self.moment = moment
    }

    /// After a reboot the monotonic clock has another origin: the age is then taken from the wall clock.
    package func rebased(to now: Moment) -> PersistedRunInput {
        let ago = now.wall - moment.wall
        let drift = (now.monotonic - moment.monotonic) - ago
        guard abs(drift.count) > Self.maximumDrift.count else { return self }
        let rebased = Moment(monotonic: now.monotonic - max(ago, .zero), wall: moment.wall)
        guard case .impact(let impact) = input else { return PersistedRunInput(input, at: rebased) }
        let age: Nanoseconds = moment.monotonic - impact.onset
        return PersistedRunInput(
            .impact(
                RunImpact(
                    id: impact.id, sensor: impact.sensor, target: impact.target, rack: impact.rack,
                    onset: rebased.monotonic - age, onsetError: impact.onsetError, peakVelocity: impact.peakVelocity)),
            at: rebased)
    }

    /// In the same boot the monotonic clock continues, although the wall clock may have been set.
    package func continued(at now: Moment) -> PersistedRunInput {
        let wall = now.wall - (now.monotonic - moment.monotonic)
        return PersistedRunInput(input, at: Moment(monotonic: moment.monotonic, wall: wall))
    }

    /// Larger differences between the clocks indicate a reboot rather than a clock adjustment.
    private static let maximumDrift = Nanoseconds.seconds(2)
}

// MARK: - JSON

/// The stored form. Files may be damaged or edited: implausible values are rejected.
extension PersistedRunInput {
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("monotonic", moment.monotonic.nanoseconds)
        writer.member("wall", moment.wall.nanoseconds)
        switch input {
        case .timer(let event):
            writer.member("timer", event.timer.text)
            writer.member("source", event.source.rawValue)
            if let string = event.string { writer.member("string", string) }
            Self.write(event.action, to: &writer)
        case .timerReady(let timer): writer.member("ready", timer.text)
        case .timerDisconnected(let timer): writer.member("lost", timer.text)
        case .impact(let impact): Self.write(impact, to: &writer)
        case .names(let run, let names):
            writer.member("named", run.text)
            Self.write(names, to: &writer)
        case .upcomingNames(let names, let next):
            writer.member("next", next)
            Self.write(names, to: &writer)
        }
        writer.endObject()
        return writer.finish()
    }

    /// Nil if the JSON is not a valid input.
    package init?(_ json: [UInt8]) {
        guard let value = try? JSONValue(parsing: json, limits: .stored),
            let monotonic = value["monotonic"]?.integer(in: RunInputLimits.monotonic),
            let wall = value["wall"]?.integer(in: RunInputLimits.wall), let input = Self.input(value)
        else { return nil }
        self.init(
            input,
            at: Moment(monotonic: MonotonicTime(nanoseconds: monotonic), wall: WallTime(nanoseconds: wall)))
    }

    private static func input(_ value: JSONValue) -> RunInput? {
        if let timer = value["timer"]?.stringValue {
            guard let action = action(value),
                let source = value["source"]?.stringValue.flatMap(TimerReportSource.init(rawValue:)),
                let string = optional(value["string"], { $0.integer(in: RunInputLimits.strings) })
            else { return nil }
            return .timer(
                TimerEvent(
                    timer: DeviceID(timer), action: action, string: string.map { Int($0) }, source: source))
        }
        if let timer = value["ready"]?.stringValue { return .timerReady(DeviceID(timer)) }
        if let timer = value["lost"]?.stringValue { return .timerDisconnected(DeviceID(timer)) }
        if let run = value["named"]?.stringValue { return names(value).map { .names(RunID(run), $0) } }
        if let next = value["next"]?.integer(in: RunInputLimits.runs) {
            return names(value).map { .upcomingNames($0, next: Int(next)) }
        }
        return impact(value).map { .impact($0) }
    }
}

extension PersistedRunInput {
    /// The inner nil for a missing member; the outer one for an invalid member.
    private static func optional<Value>(_ value: JSONValue?, _ read: (JSONValue) -> Value?) -> Value?? {
        guard let value else { return .some(nil) }
        return read(value).map { .some($0) }
    }

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
            write(times, to: &writer)
        }
    }

    private static func write(_ spans: [Nanoseconds], to writer: inout JSONWriter) {
        writer.beginArray()
        for span in spans { writer.integer(span.count) }
        writer.endArray()
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
        case "stopped":
            value["shot"] == nil ? .stopped(last: nil) : shot(value).map { .stopped(last: $0) }
        case "listed": value["times"]?.spans.map { .listed(times: $0) }
        default: nil
        }
    }

    private static func shot(_ value: JSONValue) -> Shot? {
        guard let number = value["shot"]?.integer(in: RunInputLimits.shots), let time = value["time"]?.span,
            let split = value["split"]?.span, let first = optional(value["first"], { $0.span })
        else { return nil }
        return Shot(number: Int(number), time: time, split: split, first: first)
    }

    private static func write(_ names: RunNames, to writer: inout JSONWriter) {
        if let shooter = names.shooter { writer.member("shooter", shooter) }
        if let stage = names.stage { writer.member("stage", stage) }
        writer.key("par")
        write(names.parTimes, to: &writer)
    }

    private static func names(_ value: JSONValue) -> RunNames? {
        guard let times = value["par"]?.spans else { return nil }
        return RunNames(shooter: value["shooter"]?.stringValue, stage: value["stage"]?.stringValue, parTimes: times)
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
        guard let id = value["impact"]?.integer(in: 0...Int64.max), let sensor = value["sensor"]?.stringValue,
            let onset = value["onset"]?.integer(in: RunInputLimits.monotonic), let error = value["error"]?.span,
            let peak = value["peak"]?.doubleValue, RunInputLimits.velocities.contains(peak)
        else { return nil }
        return RunImpact(
            id: UInt64(id), sensor: DeviceID(sensor), target: value["target"]?.stringValue,
            rack: value["rack"]?.stringValue, onset: MonotonicTime(nanoseconds: onset), onsetError: error,
            peakVelocity: peak)
    }
}

/// Plausible ranges.
private enum RunInputLimits {
    /// Up to thirty years of uptime, and slightly negative times.
    static let monotonic: ClosedRange<Int64> = -(1 << 40)...(1 << 60)
    /// From 1970, for 146 years.
    static let wall: ClosedRange<Int64> = 0...(1 << 62)
    /// Time of a shot since the beep: ± one day.
    static let spans: ClosedRange<Int64> = -86_400_000_000_000...86_400_000_000_000
    static let strings: ClosedRange<Int64> = 0...1_000_000_000
    static let shots: ClosedRange<Int64> = 0...1_000_000
    static let runs: ClosedRange<Int64> = 1...(1 << 53)
    static let maximumTimes = 1_000
    static let velocities = 0.0...1_000_000
}

extension JSONValue {
    fileprivate func integer(in range: ClosedRange<Int64>) -> Int64? {
        integerValue.flatMap { range.contains($0) ? $0 : nil }
    }

    fileprivate var span: Nanoseconds? { integer(in: RunInputLimits.spans).map { Nanoseconds($0) } }

    fileprivate var spans: [Nanoseconds]? {
        guard let values = arrayValue, values.count <= RunInputLimits.maximumTimes else { return nil }
        let spans = values.compactMap(\.span)
        return spans.count == values.count ? spans : nil
    }
}
