import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Which devices are kept: those that were recognised, and that the registry says are to be used.
extension BluetoothStation {
    /// A device that is in use and found again is told to the registry this often.
    private static let sightingInterval = Nanoseconds.seconds(10)

    func found(_ device: ManagementEvent.FoundDevice) {
        house.figures.sightings.add()
        let before = air[device.address]?.lastHeard
        let sighting = air.hear(device.data, from: device.address, signal: device.signal, at: now)
        guard let known = air[device.address], case .device(let family, let confidence, let reason) = known.verdict
        else { return }
        if let kept = devices[device.address] { hearAgain(kept) }
        if sighting == .known, let before, now - before < Self.sightingInterval { return }
        let id = DeviceID(device.address.description)
        // What is only possible is not connected to, unless the user knows better.
        guard confidence >= .likely || registry.isUsed(id) else { return }
        if sighting != .known { Log.debug("\(id) is taken for \(family.rawValue): \(reason)") }
        let adoption = registry.sighted(
            id, family: family, name: known.data.name, transport: .bluetooth, signal: known.signal.map(Int.init),
            at: house.moment)
        if adoption == .use { keep(device.address, id, family) }
    }

    /// The kernel still has a link, from before this program was started or from another one: such a device is not found
    /// in the air. If it is one of ours it can be talked to at once.
    func meetKeptLink(_ address: BluetoothAddress) {
        let id = DeviceID(address.description)
        guard devices[address] == nil, let record = registry[id], record.adoption == .use else { return }
        keep(address, id, record.family)
    }

    func userDecided(_ id: DeviceID, _ outcome: DeviceDecisionOutcome) {
        if outcome.contains(.released), let device = devices.values.first(where: { $0.id == id }) { letGo(device) }
        guard outcome.contains(.adopted), let record = registry[id], let address = air.address(id.text) else { return }
        keep(address, id, record.family)
    }

    private func keep(_ address: BluetoothAddress, _ id: DeviceID, _ family: DeviceFamily) {
        guard devices[address] == nil, Self.spoken.contains(family) else { return }
        guard devices.count < Self.mostDevices else {
            return Log.warning("\(id) is not connected to: there are \(devices.count) devices already")
        }
        guard let device = keeper(of: address, id, family) else { return }
        device.lastHeard = air[address]?.lastHeard
        devices[address] = device
        turns.want(address, at: now)
        proceed()
    }

    private func keeper(of address: BluetoothAddress, _ id: DeviceID, _ family: DeviceFamily) -> (any KeptDevice)? {
        switch family {
        case .amgCommander:
            SessionKeeper(
                id, address, family, AMGSession(), TimerVoice(id, house: house, desk: desk), house: house, owner: self)
        case .bt50:
            SessionKeeper(
                id, address, family, BT50Session(), SensorVoice(id, house: house, desk: desk), house: house, owner: self
            )
        case .heartStrap:
            SessionKeeper(
                id, address, family, HeartStrapSession(), StrapVoice(id, house: house, hub: hub, hearts: hearts),
                house: house, owner: self)
        case .pressureMat:
            SessionKeeper(
                id, address, family, MatSession(), MatVoice(mats.reporter(for: id), house: house), house: house,
                owner: self)
        case .esp32Heart, .sensorLogger, .sgTimer, .specialPie: nil
        }
    }

    private func letGo(_ device: any KeptDevice) {
        turns.forget(device.address)
        devices[device.address] = nil
        past = (past.strays + device.strays, past.oversized + device.oversized)
        device.close()
        if attempt?.address == device.address { endAttempt(of: device.address) }
        proceed()
    }

    /// It advertises again, so it has come back: whoever did not answer is not waited for any longer.
    private func hearAgain(_ device: any KeptDevice) {
        device.lastHeard = now
        guard !device.isLinked, device.lastLoss == .notAnswering, attempt?.address != device.address else { return }
        turns.want(device.address, at: now)
        proceed()
    }
}
