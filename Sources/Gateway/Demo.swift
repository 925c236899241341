import Bluetooth
import Configuration
import Devices
import Drivers
import Events
import Hotplug
import Logging
import Reactor
import VirtualDevices

/// The virtual devices of the demo mode. They use the same entry points as real devices.
@ReactorActor
final class Demo {
    private let heartSimulation: HeartBoardSimulation?
    private let serialSimulation: SerialSimulation?
    private let serial: SerialPortManager?
    private let range: DemoRange?
    private let targets: DemoTargets?

    /// The number of heart boards that send by UDP; the serial board has the next user number.
    private static let userCount = 3

    init(
        _ configuration: Configuration, serial: SerialPortManager?, range: DemoRange?, targets: DemoTargets?
    ) throws {
        self.serial = serial
        self.range = range
        self.targets = targets
        serialSimulation = try serial.map { _ in try Self.virtualPorts() }
        guard configuration.heart.enabled else {
            heartSimulation = nil
            return
        }
        let host = configuration.heart.udpHost
        let reachable = host.isEmpty || host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        heartSimulation = try HeartBoardSimulation(
            users: Self.userCount, host: reachable, port: UInt16(clamping: configuration.heart.udpPort))
    }

    func start() {
        if let heartSimulation {
            heartSimulation.start()
            Log.info("Demo: \(Self.userCount) virtual heart boards are sending")
        }
        if let serialSimulation, let serial {
            serial.apply(serialSimulation.ports.map { .added(Self.port($0)) })
            serialSimulation.start()
            Log.info("Demo: \(serialSimulation.ports.count) virtual serial devices are plugged in")
        }
        targets?.start()
        range?.start()
    }

    func stop() {
        heartSimulation?.stop()
        serialSimulation?.stop()
        range?.stop()
        targets?.stop()
    }

    /// Adds the virtual ports to those that are probed.
    static func allowingVirtualPorts(in configuration: Configuration.Serial) -> Configuration.Serial {
        var configuration = configuration
        configuration.probe.append(port("*").identity.text)
        return configuration
    }

    private static func virtualPorts() throws -> SerialSimulation {
        let simulation = SerialSimulation()
        try simulation.add(VirtualHeartBoard(user: userCount + 1, seed: .random(in: 0 ... .max)), as: "heart-board")
        if let known = KnownMat.named("jq-32x32") {
            let mat = VirtualMat(
                VirtualMatFormat(known), seed: .random(in: 0 ... .max), baudRate: known.baudRates[0])
            try simulation.add(mat, as: "mat")
        }
        return simulation
    }

    private static func port(_ simulated: SerialSimulation.SimulatedPort) -> KnownPort {
        port(simulated.name, node: simulated.path)
    }

    private static func port(_ name: String, node: String = "") -> KnownPort {
        var description = PortDescription(node: node, systemPath: "/virtual/\(name)")
        description.name = "virtual \(name)"
        return KnownPort(description, as: .serialNumber("virtual-\(name)"))
    }
}

/// The virtual Bluetooth devices of the demo mode: a timer, impact sensors, a strap and an insole on a virtual radio.
@ReactorActor
final class DemoRange {
    let radio = VirtualRadio()
    /// The impact sensors.
    let sensors: [DeviceID]
    private let shooters: VirtualShooters

    private static let sensorCount = 3

    /// Device addresses are the same each time, so that settings for them persist.
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
            "Demo: a virtual timer, \(Self.sensorCount) virtual sensors, a virtual strap and a virtual insole are in range"
        )
    }

    func stop() {
        shooters.stop()
        radio.stop()
    }
}
