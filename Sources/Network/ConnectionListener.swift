import CLinux
import Clocks
import Glibc
import Reactor

/// Accepts TCP connections on one endpoint.
@ReactorActor
package final class ConnectionListener: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private let accepted: (consuming StreamSocket) -> Void
    private let exhausted: (SystemError) -> Void
    private var watch: EventLoop.Watch?
    private var pause: TimerQueue.Token?

    /// `exhausted` is told when the process has run out of descriptors: accepting rests a while then, since the waiting
    /// connection would otherwise keep the loop awake for nothing.
    package init(
        at endpoint: Endpoint, purpose: String, exhausted: @escaping @ReactorActor (SystemError) -> Void,
        accepted: @escaping @ReactorActor (consuming StreamSocket) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_STREAM.rawValue), at: endpoint, purpose: purpose)
        guard listen(descriptor.number, 4_096) == 0 else {
            throw BindError(purpose: purpose, address: endpoint.description, code: errno)
        }
        self.accepted = accepted
        self.exhausted = exhausted
        try resume()
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    package func descriptorIsReady(_: Readiness) {
        // Bounded, so that a flood of connections does not keep those that exist waiting.
        for _ in 0..<64 {
            var storage = sockaddr_storage()
            var length = socklen_t()
            let number = linux_accept(descriptor.number, &storage, &length)
            if number >= 0 {
                accepted(StreamSocket(accepted: number, from: SocketAddress(&storage, length)))
            } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                rest()
                return exhausted(SystemError("accept"))
            } else if errno == EAGAIN {
                return
            }
            // Anything else concerns a connection that ended before it was accepted: on to the next.
        }
    }

    package func close() {
        pause.map(EventLoop.shared.timers.cancel)
        watch.map(EventLoop.shared.end)
        watch = nil
    }

    private func resume() throws(SystemError) {
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    private func rest() {
        watch.map(EventLoop.shared.end)
        watch = nil
        pause = EventLoop.shared.timers.after(.milliseconds(500)) { [weak self] in try? self?.resume() }
    }
}
