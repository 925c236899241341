import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// What a pressure mat sends over the air: the same frames as by cable.
@ReactorActor
final class MatVoice: DeviceVoice {
    typealias Session = MatSession

    private let reporter: MatReporter
    private let house: BluetoothHouse
    private let tally: DeviceTally

    init(_ reporter: MatReporter, house: BluetoothHouse) {
        self.reporter = reporter
        self.house = house
        tally = house.registry.tally(of: reporter.id)
    }

    func hear(_ output: MatSession.Output, at moment: Moment) -> SessionNotice? {
        switch output {
        case .notice(let notice): return notice
        case .recognised(let mat):
            Log.info("\(reporter.id) is a mat that sends \(mat.name): \(mat.summary)", ["SOURCE": reporter.id.text])
        case .item(.frame(let frame)): reporter.publish(frame, at: moment)
        case .item(.reject(let reject)):
            tally.refused()
            house.figures.frameRefused(.pressureMat, reject.reason)
        }
        return nil
    }

    func ready(at moment: Moment) {}

    func lost(at moment: Moment) {}
}
