import Clocks
import Devices
import Reactor
import VirtualDevices

/// The devices of a range, each at the far end of a link.
@ReactorActor
final class RangeDevices {
    private var openLinks = 0
    private static var current: RangeDevices?

    /// Shooters come and go for an hour; what they hit swings.
    static let script = RangeScript.random(strings: 400, sensors: 6, seed: 5)

    nonisolated static func run(on links: [Int32]) {
        ReactorExecutor.shared.runOnThisThread {
            do throws(SystemError) {
                current = try RangeDevices(links)
            } catch {
                print("range-load: \(error)")
                EventLoop.shared.stop()
            }
        }
    }

    private init(_ links: [Int32]) throws(SystemError) {
        for (place, link) in links.enumerated() {
            let end = OwnedDescriptor(adopting: link)
            switch RangeDeviceKind(place) {
            case .timer: try connect(VirtualAMGCommander(Self.script, seed: 1), end)
            case .strap: try connect(VirtualHeartStrap(seed: 2), end)
            case .sensor(let number): try connect(Self.sensor(number), end)
            }
        }
    }

    /// The link keeps the device as long as it is up.
    private func connect(
        _ device: some VirtualGATTPeripheral, _ end: consuming OwnedDescriptor
    ) throws(SystemError) {
        let connection = try VirtualConnection(device, on: end)
        openLinks += 1
        connection.onEnd = { [self] in
            openLinks -= 1
            if openLinks == 0 { EventLoop.shared.stop() }
        }
    }

    private static func sensor(_ number: Int) -> VirtualBT50 {
        var sensor = VirtualBT50(seed: 10 + UInt64(number))
        for string in script.strings {
            for hit in string.hits where hit.sensor == number {
                sensor.strike(at: (string.beep ?? .zero) + hit.time, velocity: hit.velocity)
            }
        }
        return sensor
    }
}

/// Which device is at which link.
enum RangeDeviceKind {
    case timer
    case strap
    case sensor(Int)

    init(_ place: Int) {
        self =
            switch place {
            case 0: .timer
            case 1: .strap
            default: .sensor(place - 2)
            }
    }
}
