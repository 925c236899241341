import Bluetooth
import Clocks
import Devices
import Reactor
import VirtualDevices

/// The virtual devices of a range, each on the peer end of a link.
@ReactorActor
final class RangeDevices {
    private var openLinks = 0
    private static var current: RangeDevices?

    private let script: RangeScript

    /// About an hour of strings.
    nonisolated static func random() -> RangeScript { .random(strings: 400, sensors: 6, seed: 5) }

    /// A known number of strings, each of `shots` shots that all hit, so that every event can be counted.
    nonisolated static func even(strings: Int, shots: Int, sensors: Int) -> RangeScript {
        RangeScript(
            (0..<strings).map { number in
                let times = (0..<shots).map { Nanoseconds.milliseconds(250 + 100 * Int64($0)) }
                let hits = times.enumerated().map { index, time in
                    RangeHit(sensor: index % sensors, time: time + .milliseconds(20), velocity: 110)
                }
                return RangeString(
                    beep: .milliseconds(5_000 + 1_500 * Int64(number)), shots: times, hits: hits,
                    stop: .milliseconds(400 + 100 * Int64(shots)))
            })
    }

    nonisolated static func run(_ script: RangeScript, on links: [Int32]) {
        ReactorExecutor.shared.runOnThisThread {
            do throws(SystemError) {
                current = try RangeDevices(script, links)
            } catch {
                print("range-load: \(error)")
                EventLoop.shared.stop()
            }
        }
    }

    private init(_ script: RangeScript, _ links: [Int32]) throws(SystemError) {
        self.script = script
        for (index, link) in links.enumerated() {
            let end = OwnedDescriptor(adopting: link)
            switch RangeDeviceKind(index) {
            case .timer: try connect(VirtualAMGCommander(script, seed: 1), end)
            case .strap: try connect(VirtualHeartStrap(seed: 2), end)
            case .sensor(let number): try connect(sensor(number), end)
            }
        }
    }

    /// The event loop retains the connection until the link ends.
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

    private func sensor(_ number: Int) -> VirtualBT50 {
        var sensor = VirtualBT50(seed: 10 + UInt64(number))
        for string in script.strings {
            for hit in string.hits where hit.sensor == number {
                sensor.strike(at: (string.beep ?? .zero) + hit.time, velocity: hit.velocity)
            }
        }
        return sensor
    }
}

/// The kind of device on a link.
enum RangeDeviceKind {
    case timer
    case strap
    case sensor(Int)

    init(_ index: Int) {
        self =
            switch index {
            case 0: .timer
            case 1: .strap
            default: .sensor(index - 2)
            }
    }
}

/// A radio whose devices advertise like those of a virtual radio, and whose links lead to another process.
@ReactorActor
final class PairedRadio: Radio {
    private let virtualRadio = VirtualRadio()
    private var links: [BluetoothAddress: Int32] = [:]

    init(_ links: [Int32]) {
        for (index, link) in links.enumerated() {
            let address = BluetoothAddress(bits: 0xC0DE_0000_0100 + UInt64(index), kind: .random)
            self.links[address] = link
            switch RangeDeviceKind(index) {
            case .timer:
                virtualRadio.add(VirtualRadioPeripheral(VirtualAMGCommander(RangeScript(), seed: 1), address: address))
            case .strap: virtualRadio.add(VirtualRadioPeripheral(VirtualHeartStrap(seed: 2), address: address))
            case .sensor(let number):
                virtualRadio.add(VirtualRadioPeripheral(VirtualBT50(seed: 10 + UInt64(number)), address: address))
            }
        }
    }

    func managementSocket() throws(LinkError) -> any PacketSocket { try virtualRadio.managementSocket() }

    /// Each link can be opened once.
    func socket(to peer: BluetoothAddress, from adapter: BluetoothAddress?) throws(LinkError) -> any PacketSocket {
        guard let link = links.removeValue(forKey: peer) else { throw .noResponse }
        return ConnectedPacketSocket(OwnedDescriptor(adopting: link))
    }
}
