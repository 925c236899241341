import Bluetooth
import Devices
import Events
import Logging
import Reactor
import VirtualDevices

/// The range of a gateway that has none: a timer, sensors on targets and a strap, on a radio that is none.
@ReactorActor
final class DemoRange {
    let radio = VirtualRadio()
    /// Those that feel hits.
    let sensors: [DeviceID]
    private let shooters: VirtualShooters

    private static let sensorCount = 3

    /// The devices are the same each time, so that what somebody decides about them stays decided.
    init() {
        let timer = VirtualRadioPeripheral(VirtualAMGCommander(RangeScript(), seed: 1), signal: -58)
        let sensors = (0..<Self.sensorCount).map { index in
            VirtualRadioPeripheral(VirtualBT50(seed: 10 + UInt64(index)), signal: -64 - Int8(index) * 3)
        }
        radio.add(timer)
        for sensor in sensors { radio.add(sensor) }
        self.sensors = sensors.map { DeviceID($0.address.description) }
        radio.add(VirtualRadioPeripheral(VirtualHeartStrap(seed: 20), signal: -71))
        let insole = VirtualBluetoothMat(seed: 30, name: "PressureGrid", scansAtRest: 0)
        radio.add(
            VirtualRadioPeripheral(
                insole, address: BluetoothAddress(bits: 0xC0DE_0000_0030, kind: .random), signal: -66))
        shooters = VirtualShooters(timer, sensors, seed: .random(in: 0 ... .max))
    }

    func start() {
        shooters.start()
        Log.info(
            "Demonstration: a virtual timer, \(Self.sensorCount) virtual sensors, a virtual strap and a virtual insole are in the air"
        )
    }

    func stop() {
        shooters.stop()
        radio.stop()
    }
}
