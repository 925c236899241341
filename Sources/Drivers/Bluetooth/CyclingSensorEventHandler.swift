import Bluetooth
import Clocks
import Devices
import Events
import Hub
import Reactor

/// Publishes the cadence and the speed of a bicycle.
@ReactorActor
final class CyclingSensorEventHandler: SessionEventHandler {
    typealias Session = CyclingSensorSession

    private let id: DeviceID
    private let context: BluetoothContext
    private let hub: Hub
    private let counters: DeviceCounters

    /// Of a 700x25C tyre, in metres.
    private static let wheelCircumference = 2.105

    init(_ id: DeviceID, context: BluetoothContext, hub: Hub) {
        self.id = id
        self.context = context
        self.hub = hub
        counters = context.registry.counters(of: id)
    }

    func handle(_ output: CyclingSensorSession.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let event): return event
        case .reading(.measurement(let measurement)): publish(measurement, at: moment)
        case .reading(.rejected(let reject)):
            counters.countRejected()
            context.metrics.recordRejectedFrame(.cyclingSensor, reject.reason)
        case .reading(.features), .reading(.battery): break
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) -> DeviceCommand? { nil }

    func sessionEnded(at moment: Moment) {}

    private func publish(_ measurement: CyclingSensorMeasurement, at moment: Moment) {
        counters.countAccepted(at: moment)
        var values: [MeasurementEvent.Value] = []
        if let rate = measurement.crank?.perMinute { values.append(.init("cadence", rate, "rpm")) }
        if let rate = measurement.wheel?.perMinute {
            values.append(.init("speed", rate * 60 * Self.wheelCircumference / 1_000, "km/h"))
        }
        guard !values.isEmpty else { return }
        hub.publish(.measurement(MeasurementEvent(device: id, family: .cyclingSensor, values: values)), at: moment)
    }
}

extension CyclingSensorDriver: BluetoothDriver {
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice {
        let handler = CyclingSensorEventHandler(
            connection.id, context: connection.context, hub: connection.receivers.hub)
        return connection.device(family, CyclingSensorSession(), handler)
    }
}
