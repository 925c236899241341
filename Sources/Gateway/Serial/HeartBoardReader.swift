import Clocks
import Devices
import Logging
import Metrics
import Reactor

/// A heart board on a cable: its readings go where the datagrams go.
@ReactorActor
final class HeartBoardReader: SerialReader {
    private let station: HeartStation
    private let metrics: MetricsRegistry
    private let beats: Counter
    private let source: String
    private let log = ThrottledLog()
    private var decoder = HeartSerialDecoder()
    private var items: [HeartSerialItem] = []

    init(station: HeartStation, source: String, metrics: MetricsRegistry) {
        self.station = station
        self.source = source
        self.metrics = metrics
        beats = metrics.counter("leadville_heart_beats_total", "Single beats that boards on cables have told of.")
    }

    let startCommand: [UInt8] = []

    func take(_ bytes: ArraySlice<UInt8>, at moment: Moment) {
        items.removeAll(keepingCapacity: true)
        decoder.feed(bytes, into: &items)
        for item in items {
            switch item {
            case .reading(let reading): station.take(reading, from: source, by: .serial, at: moment)
            case .beat: beats.add()
            case .contact: break
            case .status(let status): note(status)
            case .refused(.reading(let refusal)): station.refuse(refusal, from: source, by: .serial)
            case .refused(let refusal):
                metrics.counter(
                    "leadville_serial_refused_total", "What serial devices said and nobody understood, by reason.",
                    ["device": "esp32-heart", "reason": refusal.name]
                ).add()
            }
        }
    }

    func end(at _: Moment) {}

    private func note(_ status: HeartSerialItem.Status) {
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
