import Reactor

/// Where the sockets come from: the kernel, or in its place a virtual radio. Whoever uses them knows no difference.
@ReactorActor
package protocol Radio: AnyObject {
    func managementSocket() throws(LinkError) -> any PacketSocket

    /// A socket that is not connected yet.
    /// - Parameter adapter: whose radio is used; any when it is nil.
    func socket(to peer: BluetoothAddress, from adapter: BluetoothAddress?) throws(LinkError) -> any PacketSocket
}

/// The kernel's own.
@ReactorActor
package final class KernelRadio: Radio {
    package init() {}

    package func managementSocket() throws(LinkError) -> any PacketSocket { try ManagementSocket() }

    package func socket(
        to peer: BluetoothAddress, from adapter: BluetoothAddress?
    ) throws(LinkError) -> any PacketSocket {
        try L2CAPSocket(to: peer, from: adapter)
    }
}
