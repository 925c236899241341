import Configuration
import Devices
import Drivers
import Hotplug
import Logging
import Reactor
import VirtualDevices

/// The devices of a gateway that has none: look-alikes that enter where the real ones enter.
@ReactorActor
final class Demo {
    private let heartSimulation: HeartBoardSimulation?
    private let serialSimulation: SerialSimulation?
    private let serial: SerialPortManager?
    private let range: DemoRange?
    private let targets: DemoTargets?

    /// Boards by UDP, from this user on; the one on a cable is the next.
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
            Log.info("Demonstration: \(Self.userCount) virtual heart boards are sending")
        }
        if let serialSimulation, let serial {
            serial.apply(serialSimulation.ports.map { .added(Self.port($0)) })
            serialSimulation.start()
            Log.info("Demonstration: \(serialSimulation.ports.count) virtual devices are plugged in")
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

    /// Lets virtual ports be listened to, whatever else may be.
    static func allowingVirtualPorts(in configuration: Configuration.Serial) -> Configuration.Serial {
        var configuration = configuration
        configuration.probe.append(port("*").identity.text)
        return configuration
    }

    private static func virtualPorts() throws -> SerialSimulation {
        let simulation = SerialSimulation()
        try simulation.add(VirtualHeartBoard(user: userCount + 1, seed: .random(in: 0 ... .max)), as: "heart-board")
        if let form = KnownMat.named("jq-32x32") {
            let mat = VirtualMat(
                VirtualMatFormat(form), seed: .random(in: 0 ... .max), baudRate: form.baudRates[0])
            try simulation.add(mat, as: "mat")
        }
        return simulation
    }

    private static func port(_ place: SerialSimulation.SimulatedPort) -> KnownPort {
        port(place.name, node: place.path)
    }

    private static func port(_ name: String, node: String = "") -> KnownPort {
        var description = PortDescription(node: node, systemPath: "/virtual/\(name)")
        description.name = "virtual \(name)"
        return KnownPort(description, as: .serialNumber("virtual-\(name)"))
    }
}
