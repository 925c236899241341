import Configuration
import Devices
import Hotplug
import Logging
import Reactor
import VirtualDevices

/// The devices of a gateway that has none: look-alikes that enter where the real ones enter.
@ReactorActor
final class Demo {
    private let hearts: HeartSimulation?
    private let ports: SerialSimulation?
    private let serial: SerialStation?
    private let range: DemoRange?
    private let targets: DemoTargets?

    /// Boards by UDP, from this user on; the one on a cable is the next.
    private static let users = 3

    init(
        _ configuration: Configuration, serial: SerialStation?, range: DemoRange?, targets: DemoTargets?
    ) throws {
        self.serial = serial
        self.range = range
        self.targets = targets
        ports = try serial.map { _ in try Self.virtualPorts() }
        guard configuration.heart.enabled else {
            hearts = nil
            return
        }
        let host = configuration.heart.udpHost
        let reachable = host.isEmpty || host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        hearts = try HeartSimulation(
            users: Self.users, host: reachable, port: UInt16(clamping: configuration.heart.udpPort))
    }

    func start() {
        if let hearts {
            hearts.start()
            Log.info("Demonstration: \(Self.users) virtual heart boards are sending")
        }
        if let ports, let serial {
            serial.apply(ports.places.map { .added(Self.port($0)) })
            ports.begin()
            Log.info("Demonstration: \(ports.places.count) virtual devices are plugged in")
        }
        targets?.start()
        range?.start()
    }

    func stop() {
        hearts?.stop()
        ports?.stop()
        range?.stop()
        targets?.stop()
    }

    /// Lets virtual ports be listened to, whatever else may be.
    static func allowing(_ configuration: Configuration.Serial) -> Configuration.Serial {
        var configuration = configuration
        configuration.probe.append(port("*").identity.text)
        return configuration
    }

    private static func virtualPorts() throws -> SerialSimulation {
        let simulation = SerialSimulation()
        try simulation.add(VirtualHeartBoard(user: users + 1, seed: .random(in: 0 ... .max)), as: "heart-board")
        if let form = KnownMat.named("jq-32x32") {
            let mat = VirtualMat(
                VirtualMatForm(form), seed: .random(in: 0 ... .max), baudRate: form.baudRates[0])
            try simulation.add(mat, as: "mat")
        }
        return simulation
    }

    private static func port(_ place: SerialSimulation.Place) -> KnownPort {
        port(place.name, node: place.path)
    }

    private static func port(_ name: String, node: String = "") -> KnownPort {
        var description = PortDescription(node: node, systemPath: "/virtual/\(name)")
        description.name = "virtual \(name)"
        return KnownPort(description, as: .serialNumber("virtual-\(name)"))
    }
}
