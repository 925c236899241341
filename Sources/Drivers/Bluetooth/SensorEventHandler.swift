import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// What a sensor on a target says: its samples go to the range's desk, a notification at a time.
@ReactorActor
final class SensorEventHandler: SessionEventHandler {
    typealias Session = BT50Session

    private let id: DeviceID
    private let context: BluetoothContext
    private let counters: DeviceCounters
    private weak var rangeSink: (any RangeEventSink)?
    private var hasReportedTruncation = false

    init(_ id: DeviceID, context: BluetoothContext, rangeSink: (any RangeEventSink)?) {
        self.id = id
        self.context = context
        self.rangeSink = rangeSink
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: BT50Session.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let notice): return notice
        case .readings(let readings, in: let notification):
            context.metrics.notifications.add()
            count(readings, at: moment)
            rangeSink?.sensor(id, measured: readings, in: notification, at: moment)
        case .unreadable(let register):
            context.metrics.recordFailedRequest(.bt50)
            Log.debug("\(id) does not tell \(register)")
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) {
        hasReportedTruncation = false
        rangeSink?.sensorReady(id, at: moment)
    }

    func sessionEnded(at moment: Moment) {
        rangeSink?.sensorDisconnected(id, at: moment)
    }

    private func count(_ readings: [BT50Reading], at moment: Moment) {
        var heard = 0
        for reading in readings {
            switch reading {
            case .vibration, .motion: heard += 1
            case .registers(let registers): updateRate(registers)
            case .cutOff: reportTruncation()
            case .rejected(let reject):
                counters.countRejected()
                context.metrics.recordRejectedFrame(.bt50, reject.reason)
            }
        }
        if heard > 0 { counters.countAccepted(heard, at: moment) }
        context.metrics.samples.add(heard)
    }

    private func updateRate(_ registers: BT50Registers) {
        guard let rate = registers.rate else { return }
        Log.debug("\(id) is set to a sample each \(rate.interval.count / 1_000_000) ms")
        context.registry.setWarning(id, .slowRate, isActive: rate.interval > BT50Rate.hertz100.interval)
    }

    private func reportTruncation() {
        counters.countRejected()
        context.metrics.truncated.add()
        guard !hasReportedTruncation else { return }
        hasReportedTruncation = true
        Log.warning(
            "What \(id) says is cut off after 20 bytes, so it cannot be read: it refuses long packets, or is no BT50",
            ["SOURCE": id.text])
    }
}
