import Bluetooth
import Devices
import Reactor
import VirtualDevices

/// A radio whose devices are heard as those of a virtual one are, and whose links lead to another process.
@ReactorActor
final class PairedRadio: Radio {
    private let virtualRadio = VirtualRadio()
    private var links: [BluetoothAddress: Int32] = [:]

    init(_ links: [Int32]) {
        for (place, link) in links.enumerated() {
            let address = BluetoothAddress(bits: 0xC0DE_0000_0100 + UInt64(place), kind: .random)
            self.links[address] = link
            switch RangeDeviceKind(place) {
            case .timer:
                virtualRadio.add(VirtualRadioPeripheral(VirtualAMGCommander(RangeScript(), seed: 1), address: address))
            case .strap: virtualRadio.add(VirtualRadioPeripheral(VirtualHeartStrap(seed: 2), address: address))
            case .sensor(let number):
                virtualRadio.add(VirtualRadioPeripheral(VirtualBT50(seed: 10 + UInt64(number)), address: address))
            }
        }
    }

    func managementSocket() throws(LinkError) -> any PacketSocket { try virtualRadio.managementSocket() }

    /// Each link can be had once.
    func socket(to peer: BluetoothAddress, from adapter: BluetoothAddress?) throws(LinkError) -> any PacketSocket {
        guard let link = links.removeValue(forKey: peer) else { throw .noResponse }
        return ConnectedPacketSocket(OwnedDescriptor(adopting: link))
    }
}
