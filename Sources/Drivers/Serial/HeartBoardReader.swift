import Clocks
import Devices
import Events
import Hub
import Logging
import Metrics
import Reactor
import Signals

/// Reads a heart board on a serial port. Readings go to the heart rate service, like datagrams; single beats and finger
/// contact, which only the serial output contains, become events of their own.
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
    /// Known after the first reading.
    private var user: HeartUser?

    /// - Parameters:
    ///   - id: the port's id, for events before the first reading.
    ///   - source: the port's path.
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
        beats = metrics.counter("leadville_heart_beats_total", "Beats reported by boards on serial ports.")
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
            case .contact(let contact, infrared: let infrared): publishContact(contact, infrared, at: moment)
            case .status(let status): report(status)
            case .rejected(.reading(let reject)):
                counters.countRejected()
                heartService.reject(reject, from: source, by: .serial)
            case .rejected(let reject):
                counters.countRejected()
                metrics.countSerialReject(device: "esp32-heart", reason: reject.name)
            }
        }
    }

    func finish(at _: Moment) {}

    /// The id in the board's readings, or the port's id before the first one.
    private var device: DeviceID { user.flatMap { heartService.users[$0]?.device } ?? id }

    private func publishBeat(_ rate: Int, at moment: Moment) {
        beats.add()
        guard beatLimiter.allow(at: moment.monotonic) else {
            return metrics.countSerialReject(device: "esp32-heart", reason: "too_many_beats")
        }
        let beat = HeartBoardBeat(beatsPerMinute: rate)
        let event = HeartBeatEvent(
            user: user, device: device, family: .esp32Heart, beatsPerMinute: Double(rate), interval: beat.interval,
            isPlausible: beat.isPlausible)
        hub.publish(.heartBeat(event), at: moment)
    }

    private func publishContact(_ current: HeartContact, _ infrared: Int, at moment: Moment) {
        let previous = contact.contact
        guard contact.update(current, at: moment.monotonic) else { return }
        let event = HeartContactEvent(
            user: user, device: device, family: .esp32Heart, contact: current, previous: previous, infrared: infrared)
        hub.publish(.heartContact(event), at: moment)
    }

    private func report(_ status: HeartSerialItem.Status) {
        switch status {
        case .started(let device): Log.info("Heart board at \(source) started as device \(device)")
        case .sensorMissing:
            log.warning(
                "sensor_missing", "Heart board at \(source) cannot find its sensor: check its wiring and power")
        case .networkLost:
            log.warning(
                "network_lost", "Heart board at \(source) lost its network: it sends no readings until it reconnects")
        case .sensorFound, .networkJoined: break
        }
    }
}

/// Limits the beat events of one board: a defective board prints beats as fast as its line allows.
struct BeatRateLimiter {
    /// Beats that may arrive together after a stall.
    static let burst = 16
    /// One beat per interval is 300 a minute, more than any heart sustains.
    static let interval = Nanoseconds.milliseconds(200)

    private var left = burst
    private var lastGrant: MonotonicTime?

    mutating func allow(at time: MonotonicTime) -> Bool {
        if let lastGrant {
            let granted = (time - lastGrant).count / Self.interval.count
            if granted > 0 {
                left = Int(min(Int64(Self.burst), Int64(left) + granted))
                self.lastGrant = lastGrant + Self.interval * granted
            }
        } else {
            lastGrant = time
        }
        guard left > 0 else { return false }
        left -= 1
        return true
    }
}

extension HeartBoardDriver: SerialDriver {
    func makeReader(_ connection: SerialReaderContext) -> (any SerialReader)? {
        HeartBoardReader(
            heartService: connection.hearts, id: connection.id, source: connection.source, hub: connection.hub,
            metrics: connection.metrics, counters: connection.counters)
    }
}
