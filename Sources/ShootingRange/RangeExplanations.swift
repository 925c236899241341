import Bluetooth
import Clocks
import Events
import JSON
import Reactor
import Signals
import Store

/// Writes down how each event of the range came about: the bytes, what was read from them, by which clock, and what was
/// decided by which limits.
@ReactorActor
package struct RangeExplanations {
    private let store: RunStore
    /// The event as the journal stores it; nil for kinds that are not stored.
    private let encode: @ReactorActor (Event) -> [UInt8]?

    init(_ store: RunStore, encode: @escaping @ReactorActor (Event) -> [UInt8]?) {
        self.store = store
        self.encode = encode
    }

    /// What a timer said.
    func explain(_ event: TimerEvent, _ stamp: EventStamp, clock: StringClock?) {
        write(.timer(event), stamp, device: event.timer, family: .amgCommander) { writer in
            if let source = event.source { writer.member("learnt", source.rawValue) }
            writer.key("raw")
            writer.beginArray()
            if !event.frame.isEmpty { Self.raw(event.frame, at: stamp.received, stamp, to: &writer) }
            writer.endArray()
            Self.clock(stamp, of: clock, to: &writer)
        }
    }

    /// What has become of a run: of which events that was concluded.
    func explain(_ event: RunEvent, _ stamp: EventStamp, in book: ActiveRuns, _ sources: ShotEventIDs) {
        let run = book.tracker[event.run]
        write(.run(event), stamp, device: event.timer, family: .amgCommander) { writer in
            writer.key("causes")
            writer.beginArray()
            for cause in Self.causes(of: event.change, sources) { writer.integer(cause) }
            writer.endArray()
            if case .hit(let hit) = event.change, let run {
                writer.key("pairing")
                PairingExplanation(hit, in: run, delay: book.tracker.delays[hit.sensor]).write(to: &writer)
            }
            Self.clock(stamp, of: run?.clock, to: &writer)
        }
    }

    private static func causes(of change: RunEvent.Change, _ sources: ShotEventIDs) -> [UInt64] {
        switch change {
        case .started: [sources.began].compactMap(\.self)
        case .shot(let shot): [sources[shot.number]].compactMap(\.self)
        case .hit(let hit): [hit.impact] + [hit.shot.flatMap { sources[$0] }].compactMap(\.self)
        case .updated: []
        case .ended: [sources.ended ?? sources.began].compactMap(\.self)
        }
    }

    /// What a sensor felt, and what was made of it.
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

    /// A ring-down of seconds is told by its beginning.
    private static let maximumNotifications = 40

    private func write(
        _ body: EventBody, _ stamp: EventStamp, device: DeviceID, family: DeviceFamily,
        _ members: (inout JSONWriter) -> Void
    ) {
        var writer = JSONWriter(reservingCapacity: 1_024)
        writer.beginObject()
        writer.member("id", stamp.id)
        writer.member("kind", body.kind.name)
        if let json = encode(Event(stamp: stamp, body: body)) { writer.member("event", raw: json[...]) }
        writer.member("device_id", device.text)
        writer.member("driver", family.rawValue)
        members(&writer)
        writer.endObject()
        store.put(.explanation(event: stamp.id, body: writer.finish()))
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
