import Configuration
import Logging
import Reactor
import VirtualDevices

/// The devices of a gateway that has none: look-alikes that enter where the real ones enter.
@ReactorActor
final class Demo {
    private let hearts: HeartSimulation?

    init(_ configuration: Configuration) throws {
        guard configuration.heart.enabled else {
            hearts = nil
            return
        }
        let host = configuration.heart.udpHost
        let reachable = host.isEmpty || host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        hearts = try HeartSimulation(users: 3, host: reachable, port: UInt16(clamping: configuration.heart.udpPort))
    }

    func start() {
        hearts?.start()
        Log.info("Demonstration: 3 virtual heart boards are sending")
    }

    func stop() {
        hearts?.stop()
    }
}
