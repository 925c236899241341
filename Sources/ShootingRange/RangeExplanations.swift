import Clocks
import Events
import Hub
import JSON
import Reactor
import Signals
import Store
import Text

/// Stores how each event of the range was derived: the bytes, their interpretation, the clock and the limits that applied.
@ReactorActor
final class RangeExplanations {
    private let hub: Hub
    private let persistence: RangePersistence

    /// For events without an explanation: their JSON, or nil.
    var fallback: @ReactorActor (UInt64) async -> [UInt8]? = { _ in nil }

    /// From a hit to its impact and shot, and from these to their bytes.
    private static let maximumDepth = 3
    private static let maximumCauses = 8

    init(hub: Hub, _ persistence: RangePersistence) {
        self.hub = hub
        self.persistence = persistence
    }

    func explanation(of event: UInt64) async throws(RangeError) -> [UInt8] {
        if let found = try await explanation(of: event, depth: Self.maximumDepth) {
            var writer = JSONWriter()
            writer.value(.object(found))
            return writer.finish()
        }
        if let found = await fallback(event) { return found }
        throw .unknown("event \(event) is unknown: the latest is \(hub.latestID), and old events are deleted")
    }

    private func explanation(of event: UInt64, depth: Int) async throws(RangeError) -> JSONObject? {
        let body = try await persistence.explanation(of: event)
        guard let body, var found = try? JSONValue(parsing: body, limits: .stored).objectValue else { return nil }
        guard depth > 0, let causes = found["causes"]?.arrayValue else { return found }
        var explained: [JSONValue] = []
        for cause in causes.prefix(Self.maximumCauses) {
            guard let id = cause.integerValue,
                let cause = try await explanation(of: UInt64(clamping: id), depth: depth - 1)
            else { continue }
            explained.append(.object(cause))
        }
        found.set("causes", to: .array(explained))
        return found
    }

    // MARK: Writing

    func explain(_ event: TimerEvent, _ stamp: EventStamp, clock: StringClock?) {
        write(.timer(event), stamp, device: event.timer, family: .amgCommander) { writer in
            writer.member("learnt", event.source.rawValue)
            writer.key("raw")
            writer.beginArray()
            if !event.frame.isEmpty { Self.raw(event.frame, at: stamp.received, stamp, to: &writer) }
            writer.endArray()
            Self.clock(stamp, of: clock, to: &writer)
        }
    }

    /// A run event: the events it was derived from.
    func explain(_ event: RunEvent, _ stamp: EventStamp, in runs: ActiveRuns, _ sources: ShotEventIDs) {
        let run = runs.tracker[event.run]
        write(.run(event), stamp, device: event.timer, family: .amgCommander) { writer in
            writer.key("causes")
            writer.beginArray()
            for cause in Self.causes(of: event.change, sources) { writer.integer(cause) }
            writer.endArray()
            if case .hit(let hit) = event.change, let run {
                writer.key("pairing")
                PairingExplanation(hit, in: run, delay: runs.tracker.delays[hit.sensor]).write(to: &writer)
            }
            Self.clock(stamp, of: run?.clock, to: &writer)
        }
    }

    private static func causes(of change: RunEvent.Change, _ sources: ShotEventIDs) -> [UInt64] {
        switch change {
        case .started: [sources.began].compactMap(\.self)
        case .shot(let shot), .finalShot(let shot): [sources[shot.number]].compactMap(\.self)
        case .hit(let hit): [hit.impact] + [hit.shot.flatMap { sources[$0] }].compactMap(\.self)
        case .updated: []
        case .ended: [sources.ended ?? sources.began].compactMap(\.self)
        }
    }

    /// An impact or a rejected motion.
    func explain(_ event: ImpactEvent, _ finding: ImpactFinding, _ stamp: EventStamp, of sensor: RangeSensor) {
        write(.impact(event), stamp, device: event.sensor, family: .bt50) { writer in
            writer.key("raw")
            writer.beginArray()
            for notification in sensor.ring.overlapping(finding.motion.samples).prefix(Self.maximumNotifications) {
                Self.raw(notification.bytes, at: notification.arrival, stamp, to: &writer)
            }
            writer.endArray()
            writer.key("samples")
            writer.beginArray()
            writer.integer(finding.motion.samples.lowerBound)
            writer.integer(finding.motion.samples.upperBound)
            writer.endArray()
            writer.key("baseline")
            SensorJSON.write(sensor.detector.rest, to: &writer)
            writer.key("thresholds")
            SensorJSON.write(sensor.thresholds, to: &writer)
            writer.key("finding")
            SensorJSON.write(finding, since: stamp.received, to: &writer)
            Self.clock(stamp, of: nil, to: &writer)
        }
    }

    /// Limit for motions that ring for seconds.
    private static let maximumNotifications = 40

    private func write(
        _ body: EventBody, _ stamp: EventStamp, device: DeviceID, family: DeviceFamily,
        _ members: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.member("id", stamp.id)
        writer.member("kind", body.kind.name)
        if let json = EventCodec.encode(Event(stamp: stamp, body: body)) { writer.member("event", raw: json[...]) }
        writer.member("device_id", device.text)
        writer.member("driver", family.rawValue)
        members(&writer)
        writer.endObject()
        persistence.saveExplanation(writer.finish(), of: stamp.id)
    }

    private static func raw(
        _ bytes: [UInt8], at arrival: MonotonicTime, _ stamp: EventStamp, to writer: inout JSONWriter
    ) {
        writer.beginObject()
        writer.member("arrived", stamp.wall + (arrival - stamp.received), precision: .microseconds)
        writer.member("hex", Hexadecimal.text(bytes))
        writer.endObject()
    }

    private static func clock(_ stamp: EventStamp, of string: StringClock?, to writer: inout JSONWriter) {
        writer.key("clock")
        writer.beginObject()
        writer.member("arrived", stamp.wall, precision: .microseconds)
        writer.member("monotonic_ns", stamp.received.nanoseconds)
        writer.member("device", deviceTimeOf: stamp)
        if let string, let zero = string.zero {
            writer.key("string")
            writer.beginObject()
            writer.member("beep", stamp.wall + (zero.zero - stamp.received), precision: .microseconds)
            writer.member("error_seconds", zero.error.inSeconds, decimals: 4)
            writer.member("arrivals", string.arrivals.count)
            writer.endObject()
        }
        writer.endObject()
    }
}
