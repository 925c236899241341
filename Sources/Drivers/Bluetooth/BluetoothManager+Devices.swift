import Bluetooth
import Clocks
import Devices
import Events
import Logging
import Reactor

/// Which devices are kept: those that were recognised, and that the registry says are to be used.
extension BluetoothManager {
    /// A device that is in use and found again is told to the registry this often.
    private static let sightingInterval = Nanoseconds.seconds(10)

    func deviceFound(_ device: ManagementEvent.FoundDevice) {
        context.metrics.sightings.add()
        let before = discoveredDevices[device.address]?.lastSeen
        let sighting = discoveredDevices.record(device.data, from: device.address, signal: device.signal, at: now)
        guard let known = discoveredDevices[device.address],
            case .device(let family, let confidence, let reason) = known.verdict
        else { return }
        if let kept = devices[device.address] { deviceSeenAgain(kept) }
        if sighting == .known, let before, now - before < Self.sightingInterval { return }
        let id = DeviceID(device.address.description)
        // What is only possible is not connected to, unless the user knows better.
        guard confidence >= .likely || registry.isUsed(id) else { return }
        if sighting != .known { Log.debug("\(id) is taken for \(family.rawValue): \(reason)") }
        let adoption = registry.recordSighting(
            id, family: family, name: known.data.name, transport: .bluetooth, signal: known.signal.map(Int.init),
            at: context.moment)
        if adoption == .use { addDevice(device.address, id, family) }
    }

    /// The kernel still has a link, from before this program was started or from another one: such a device is not found
    /// in the air. If it is one of ours it can be talked to at once.
    func adoptExistingLink(_ address: BluetoothAddress) {
        let id = DeviceID(address.description)
        guard devices[address] == nil, let record = registry[id], record.adoption == .use else { return }
        addDevice(address, id, record.family)
    }

    func registryChanged(_ id: DeviceID, _ outcome: DeviceDecisionOutcome) {
        if outcome.contains(.released), let device = devices.values.first(where: { $0.id == id }) { release(device) }
        guard outcome.contains(.adopted), let record = registry[id], let address = discoveredDevices.address(id.text)
        else { return }
        addDevice(address, id, record.family)
    }

    private func addDevice(_ address: BluetoothAddress, _ id: DeviceID, _ family: DeviceFamily) {
        guard devices[address] == nil, Self.supportedFamilies.contains(family) else { return }
        guard devices.count < Self.maximumDevices else {
            return Log.warning("\(id) is not connected to: there are \(devices.count) devices already")
        }
        guard let device = makeConnection(to: address, id, family) else { return }
        device.lastSeen = discoveredDevices[address]?.lastSeen
        devices[address] = device
        scheduler.schedule(address, at: now)
        proceed()
    }

    private func makeConnection(to address: BluetoothAddress, _ id: DeviceID, _ family: DeviceFamily) -> (
        any ManagedDevice
    )? {
        switch family {
        case .amgCommander:
            DeviceConnection(
                id, address, family, AMGSession(), TimerEventHandler(id, context: context, rangeSink: rangeSink),
                context: context, delegate: self)
        case .bt50:
            DeviceConnection(
                id, address, family, BT50Session(), SensorEventHandler(id, context: context, rangeSink: rangeSink),
                context: context, delegate: self
            )
        case .heartStrap:
            DeviceConnection(
                id, address, family, HeartStrapSession(),
                HeartStrapEventHandler(id, context: context, hub: hub, hearts: hearts),
                context: context, delegate: self)
        case .pressureMat:
            DeviceConnection(
                id, address, family, MatSession(), MatEventHandler(mats.reporter(for: id), context: context),
                context: context,
                delegate: self)
        case .esp32Heart, .sensorLogger, .sgTimer, .specialPie: nil
        }
    }

    private func release(_ device: any ManagedDevice) {
        scheduler.remove(device.address)
        devices[device.address] = nil
        releasedCounts = (
            releasedCounts.strays + device.strayValues, releasedCounts.oversized + device.oversizedPackets
        )
        device.close()
        if attempt?.address == device.address { endAttempt(of: device.address) }
        proceed()
    }

    /// It advertises again, so it has come back: whoever did not answer is not waited for any longer.
    private func deviceSeenAgain(_ device: any ManagedDevice) {
        device.lastSeen = now
        guard !device.isLinked, device.lastError == .noResponse, attempt?.address != device.address else { return }
        scheduler.schedule(device.address, at: now)
        proceed()
    }
}
