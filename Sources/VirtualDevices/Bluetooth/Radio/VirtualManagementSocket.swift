import Bluetooth
import CLinux
import Glibc
import Reactor

/// The kernel's end of one management socket.
@ReactorActor
final class VirtualManagementSocket: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private var watch: EventLoop.Watch?
    private var buffer = [UInt8](repeating: 0, count: 32_768)
    private let onPacket: ([UInt8]) -> Void

    init(_ descriptor: consuming OwnedDescriptor, onPacket: @escaping @ReactorActor ([UInt8]) -> Void)
        throws(SystemError)
    {
        self.descriptor = descriptor
        self.onPacket = onPacket
        watch = try EventLoop.shared.watch(self.descriptor.number, for: .readable, handler: self)
    }

    func descriptorIsReady(_: Readiness) {
        while watch != nil {
            let count = recv(descriptor.number, &buffer, buffer.count, 0)
            guard count > 0 else {
                if count == 0 || errno != EAGAIN { end() }
                return
            }
            onPacket(Array(buffer.prefix(count)))
        }
    }

    func send(_ packet: [UInt8]) {
        guard watch != nil else { return }
        _ = Glibc.send(descriptor.number, packet, packet.count, Int32(MSG_NOSIGNAL))
    }

    func end() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        shutdown(descriptor.number, Int32(SHUT_RDWR))
    }
}
