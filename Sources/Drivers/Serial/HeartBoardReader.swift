import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// A heart board on a cable: its readings go where the datagrams go, and what only the cable tells becomes events of its
/// own: single beats, and how the finger lies.
@ReactorActor
final class HeartBoardReader: SerialReader {
    private let heartService: HeartRateService
    private let hub: Hub
    private let metrics: MetricsRegistry
    private let beats: Counter
    private let id: DeviceID
    private let source: String
    private let counters: DeviceCounters
    private let log = ThrottledLog()
    private var decoder = HeartSerialDecoder()
    private var items: [HeartSerialItem] = []
    private var contact = HeartContactDebouncer()
    private var beatLimiter = BeatRateLimiter()
    /// Whose heart it is: only readings say so.
    private var user: HeartUser?

    /// - Parameters:
    ///   - id: by what the port is known, for events before the board has said whose heart it is.
    ///   - source: the port's path.
    ///   - tally: where its readings are counted for the list of devices.
    init(
        heartService: HeartRateService, id: DeviceID, source: String, hub: Hub, metrics: MetricsRegistry,
        counters: DeviceCounters
    ) {
        self.counters = counters
        self.heartService = heartService
        self.hub = hub
        self.id = id
        self.source = source
        self.metrics = metrics
        beats = metrics.counter("leadville_heart_beats_total", "Single beats that boards on cables have told of.")
    }

    let startCommand: [UInt8] = []

    func receive(_ bytes: ArraySlice<UInt8>, at moment: Moment) {
        items.removeAll(keepingCapacity: true)
        decoder.feed(bytes, into: &items)
        for item in items {
            switch item {
            case .reading(let reading):
                user = reading.user
                counters.countAccepted(at: moment)
                heartService.receive(reading, from: source, by: .serial, at: moment)
            case .beat(let rate): publishBeat(rate, at: moment)
            case .contact(let word, infrared: let infrared): publishContact(word, infrared, at: moment)
            case .status(let status): report(status)
            case .rejected(.reading(let refusal)):
                counters.countRejected()
                heartService.reject(refusal, from: source, by: .serial)
            case .rejected(let refusal):
                counters.countRejected()
                metrics.counter(
                    "leadville_serial_refused_total", "What serial devices said and nobody understood, by reason.",
                    ["device": "esp32-heart", "reason": refusal.name]
                ).add()
            }
        }
    }

    func finish(at _: Moment) {}

    /// As the board's readings are known; while there were none, as the port is.
    private var device: DeviceID { user.flatMap { heartService.users[$0]?.device } ?? id }

    private func publishBeat(_ rate: Int, at moment: Moment) {
        beats.add()
        guard beatLimiter.allow(at: moment.monotonic) else {
            metrics.counter(
                "leadville_serial_refused_total", "What serial devices said and nobody understood, by reason.",
                ["device": "esp32-heart", "reason": "too_many_beats"]
            ).add()
            return
        }
        let beat = HeartBoardBeat(beatsPerMinute: rate)
        let event = HeartBeatEvent(
            user: user, device: device, family: .esp32Heart, beatsPerMinute: Double(rate), interval: beat.interval,
            isPlausible: beat.isPlausible)
        hub.publish(.heartBeat(event), at: moment)
    }

    private func publishContact(_ word: HeartContact, _ infrared: Int, at moment: Moment) {
        let former = contact.contact
        guard contact.update(word, at: moment.monotonic) else { return }
        let event = HeartContactEvent(
            user: user, device: device, family: .esp32Heart, contact: word, previous: former, infrared: infrared)
        hub.publish(.heartContact(event), at: moment)
    }

    private func report(_ status: HeartSerialItem.Status) {
        switch status {
        case .started(let device): Log.info("The heart board at \(source) starts as device \(device)")
        case .sensorMissing:
            log.warning(
                "sensor_missing", "The heart board at \(source) does not find its sensor; check its wires and power")
        case .networkLost:
            log.warning("network_lost", "The heart board at \(source) has lost its network, and sends nothing without")
        case .sensorFound, .networkJoined: break
        }
    }
}
