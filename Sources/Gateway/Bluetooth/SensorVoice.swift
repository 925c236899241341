import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// What a sensor on a target says: its samples go to the range's desk, a notification at a time.
@ReactorActor
final class SensorVoice: DeviceVoice {
    typealias Session = BT50Session

    private let id: DeviceID
    private let house: BluetoothHouse
    private let tally: DeviceTally
    private weak var desk: (any RangeDesk)?
    private var isCutOff = false

    init(_ id: DeviceID, house: BluetoothHouse, desk: (any RangeDesk)?) {
        self.id = id
        self.house = house
        self.desk = desk
        tally = house.registry.tally(of: id)
    }

    func hear(_ output: BT50Session.Output, at moment: Moment) -> SessionNotice? {
        switch output {
        case .notice(let notice): return notice
        case .readings(let readings, in: let notification):
            house.figures.notifications.add()
            count(readings, at: moment)
            desk?.sensor(id, measured: readings, in: notification, at: moment)
        case .unknown(let register):
            house.figures.requestFailed(.bt50)
            Log.debug("\(id) does not tell \(register)")
        }
        return nil
    }

    func ready(at moment: Moment) {
        isCutOff = false
        desk?.sensorIsReady(id, at: moment)
    }

    func lost(at moment: Moment) {
        desk?.sensorIsLost(id, at: moment)
    }

    private func count(_ readings: [BT50Reading], at moment: Moment) {
        var heard = 0
        for reading in readings {
            switch reading {
            case .vibration, .motion: heard += 1
            case .registers(let registers): note(registers)
            case .cutOff: sayCutOff()
            case .refused(let reject):
                tally.refused()
                house.figures.frameRefused(.bt50, reject.reason)
            }
        }
        if heard > 0 { tally.heard(heard, at: moment) }
        house.figures.samples.add(heard)
    }

    private func note(_ registers: BT50Registers) {
        guard let rate = registers.rate else { return }
        Log.debug("\(id) is set to a sample each \(rate.interval.count / 1_000_000) ms")
        house.registry.note(id, .slowRate, rate.interval > BT50Rate.hertz100.interval)
    }

    private func sayCutOff() {
        tally.refused()
        house.figures.cutOff.add()
        guard !isCutOff else { return }
        isCutOff = true
        Log.warning(
            "What \(id) says is cut off after 20 bytes, so it cannot be read: it refuses long packets, or is no BT50",
            ["SOURCE": id.text])
    }
}
