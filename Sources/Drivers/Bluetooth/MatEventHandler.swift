import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Publishes the frames of a mat.
@ReactorActor
final class MatEventHandler: SessionEventHandler {
    typealias Session = MatSession

    private let reporter: MatReporter
    private let context: BluetoothContext
    private let counters: DeviceCounters

    init(_ reporter: MatReporter, context: BluetoothContext) {
        self.reporter = reporter
        self.context = context
        counters = context.registry.counters(of: reporter.id)
    }

    func handle(_ output: MatSession.Output, at moment: Moment) -> SessionEvent? {
        switch output {
        case .sessionEvent(let event): return event
        case .recognised(let mat):
            Log.info("\(reporter.id) recognised as mat \(mat.name): \(mat.summary)", ["SOURCE": reporter.id.text])
        case .item(.frame(let frame)): reporter.publish(frame, at: moment)
        case .item(.rejected(let reject)):
            counters.countRejected()
            context.metrics.recordRejectedFrame(.pressureMat, reject.reason)
        }
        return nil
    }

    func sessionBecameReady(at moment: Moment) -> DeviceCommand? { nil }

    func sessionEnded(at moment: Moment) {}
}

extension PressureMatDriver: BluetoothDriver {
    func makeConnection(_ connection: BluetoothConnectionContext) -> any ManagedDevice {
        let handler = MatEventHandler(
            connection.receivers.mats.reporter(for: connection.id), context: connection.context)
        return connection.device(family, MatSession(), handler)
    }
}
