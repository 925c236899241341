import CLinux
import Clocks
import Glibc
import Reactor

/// Accepts TCP connections on one endpoint.
@ReactorActor
package final class ConnectionListener: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private let onAccept: (consuming StreamSocket) -> Void
    private let onExhausted: (SystemError) -> Void
    private var watch: EventLoop.Watch?
    private var pauseTimer: TimerQueue.Token?

    /// `exhausted` is told when the process has run out of descriptors: accepting rests a while then, since the waiting
    /// connection would otherwise keep the loop awake for nothing.
    package init(
        at endpoint: Endpoint, purpose: String, onExhausted: @escaping @ReactorActor (SystemError) -> Void,
        onAccept: @escaping @ReactorActor (consuming StreamSocket) -> Void
    ) throws {
        descriptor = try BoundSocket.open(Int32(SOCK_STREAM.rawValue), at: endpoint, purpose: purpose)
        guard listen(descriptor.number, 4_096) == 0 else {
            throw BindError(purpose: purpose, address: endpoint.description, code: errno)
        }
        self.onAccept = onAccept
        self.onExhausted = onExhausted
        try resumeAccepting()
    }

    package var localAddress: SocketAddress { descriptor.localAddress() }

    package func descriptorIsReady(_: Readiness) {
        // Bounded, so that a flood of connections does not keep those that exist waiting.
        for _ in 0..<64 {
            var storage = sockaddr_storage()
            var length = socklen_t()
            let number = linux_accept(descriptor.number, &storage, &length)
            if number >= 0 {
                onAccept(StreamSocket(accepted: number, from: SocketAddress(&storage, length)))
            } else if errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM {
                pauseAccepting()
                return onExhausted(SystemError("accept"))
            } else if errno == EAGAIN {
                return
            }
            // Anything else concerns a connection that ended before it was accepted: on to the next.
        }
    }

    package func close() {
        pauseTimer.map(EventLoop.shared.timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }

    private func resumeAccepting() throws(SystemError) {
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, handler: self)
    }

    private func pauseAccepting() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        pauseTimer = EventLoop.shared.timers.after(.milliseconds(500)) { [weak self] in try? self?.resumeAccepting() }
    }
}
