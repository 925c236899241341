import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// What a timer says: its actions go to the range's desk, and whether it reports by itself is noted where people look.
@ReactorActor
final class TimerVoice: DeviceVoice {
    typealias Session = AMGSession

    private let id: DeviceID
    private let house: BluetoothHouse
    private let tally: DeviceTally
    private weak var desk: (any RangeDesk)?

    init(_ id: DeviceID, house: BluetoothHouse, desk: (any RangeDesk)?) {
        self.id = id
        self.house = house
        self.desk = desk
        tally = house.registry.tally(of: id)
    }

    func hear(_ output: AMGSession.Output, at moment: Moment) -> SessionNotice? {
        switch output {
        case .notice(let notice): return notice
        case .reading(.refused(let reject)):
            tally.refused()
            house.figures.frameRefused(.amgCommander, reject.reason)
        case .reading: tally.heard(at: moment)
        case .action(let action, let string, let source, let frame):
            house.figures.actionTold(source)
            desk?.timer(
                id, said: TimerStatement(action: action, string: string, source: source, frame: frame), at: moment)
        case .pushes(let pushes): note(pushes)
        case .unanswered(let command):
            house.figures.requestFailed(.amgCommander)
            Log.warning("The timer \(id) does not answer \(command)", ["SOURCE": id.text])
        }
        return nil
    }

    func ready(at moment: Moment) {
        desk?.timerIsReady(id, at: moment)
    }

    func lost(at moment: Moment) {
        desk?.timerIsLost(id, at: moment)
    }

    private func note(_ pushes: AMGPushes) {
        house.registry.note(id, .pushesOff, pushes == .off)
        house.figures.pushesFound(pushes)
        switch pushes {
        case .off:
            Log.warning(
                "The timer \(id) does not report by itself and is asked again and again; switch its BLE push on",
                ["SOURCE": id.text])
        case .on: Log.info("The timer \(id) reports by itself", ["SOURCE": id.text])
        case .unknown: break
        }
    }
}
