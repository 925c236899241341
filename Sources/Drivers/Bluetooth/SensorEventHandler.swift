import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Passes the samples of a sensor to the range, one notification at a time.
@ReactorActor
final class SensorEventHandler: SessionEventHandler {
    typealias Session = BT50Session

    private let id: DeviceID
    private let context: BluetoothContext
    private let counters: DeviceCounters
    private let rangeSink: (any RangeEventSink)?
    private var hasReportedTruncation = false

    init(_ id: DeviceID, context: BluetoothContext, rangeSink: (any RangeEventSink)?) {
        self.id = id
        self.context = context
        self.rangeSink = rangeSink
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: BT50Session.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let event): return event
        case .readings(let readings, in: let notification):
            context.metrics.notifications.add()
            count(readings, at: moment)
            rangeSink?.sensor(id, measured: readings, in: notification, at: moment)
        case .unreadable(let register):
            context.metrics.recordFailedRequest(.bt50)
            Log.debug("\(id) does not answer for register \(register)")
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) -> DeviceCommand? {
        hasReportedTruncation = false
        rangeSink?.sensorReady(id, at: moment)
        return nil
    }

    func sessionEnded(at moment: Moment) {
        rangeSink?.sensorDisconnected(id, at: moment)
    }

    private func count(_ readings: [BT50Reading], at moment: Moment) {
        var samples = 0
        for reading in readings {
            switch reading {
            case .vibration, .motion: samples += 1
            case .registers(let registers): updateRate(registers)
            case .cutOff: reportTruncation()
            case .rejected(let reject):
                counters.countRejected()
                context.metrics.recordRejectedFrame(.bt50, reject.reason)
            }
        }
        if samples > 0 { counters.countAccepted(samples, at: moment) }
        context.metrics.samples.add(samples)
    }

    private func updateRate(_ registers: BT50Registers) {
        guard let rate = registers.rate else { return }
        Log.debug("\(id): sample interval \(rate.interval.count / 1_000_000) ms")
        context.registry.setWarning(id, .slowRate, isActive: rate.interval > BT50Rate.hertz100.interval)
    }

    private func reportTruncation() {
        counters.countRejected()
        context.metrics.truncated.add()
        guard !hasReportedTruncation else { return }
        hasReportedTruncation = true
        Log.warning(
            "\(id): frames are truncated to 20 bytes and cannot be decoded: it rejects long packets, or is not a BT50",
            ["SOURCE": id.text])
    }
}

extension BT50Driver: BluetoothDriver {
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice {
        let handler = SensorEventHandler(
            connection.id, context: connection.context, rangeSink: connection.receivers.range)
        return connection.device(family, BT50Session(), handler)
    }
}
