import CLinux
import Clocks
import Glibc
import Reactor

/// A TCP socket.
package struct StreamSocket: ~Copyable {
    /// The result of a call on the socket.
    package enum Outcome: Equatable {
        case transferred(Int)
        /// Not possible now; the loop reports when it is.
        case wouldBlock
        /// The peer has ended the connection.
        case ended
        case failed(Int32)
    }

    package let descriptor: OwnedDescriptor
    package let peer: SocketAddress
    private var tls: TLSDetection?

    /// Takes ownership of a connected, non-blocking socket.
    package init(accepted number: Int32, from peer: SocketAddress) {
        self.init(OwnedDescriptor(adopting: number), peer)
    }

    /// Accepts TLS as well from now on. Nothing may have been read yet.
    package mutating func acceptTLS(_ context: TLSContext) {
        tls = TLSDetection(context)
    }

    /// Whether the client uses TLS.
    package var isEncrypted: Bool { tls?.stream != nil }

    /// Encrypted bytes that wait for the socket, although they were transferred: `flush` sends them when it is writable.
    package var unsentBytes: Int { tls?.stream?.unsentBytes ?? 0 }

    /// Starts to connect. When the socket becomes writable the connection is established or has failed; then writing
    /// fails, too.
    package init(connectingTo address: SocketAddress) throws(SystemError) {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = try OwnedDescriptor(socket(address.family, type, 0), from: "socket")
        let code = address.withPointer { connect(descriptor.number, $0, $1) }
        guard code == 0 || errno == EINPROGRESS else { throw SystemError("connect to \(address)") }
        self.init(descriptor, address)
    }

    private init(_ descriptor: consuming OwnedDescriptor, _ peer: SocketAddress) {
        self.descriptor = descriptor
        self.peer = peer
        // Events are small and must not be delayed.
        self.descriptor.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // Without this limit the kernel would queue megabytes of stale events for a client that has stopped reading. In
        // our own queue they are counted and can be dropped.
        self.descriptor.setOption(Int32(IPPROTO_TCP), Self.notSentLowWaterMark, 16_384)
    }

    /// TCP_NOTSENT_LOWAT, missing from older C library headers.
    private static let notSentLowWaterMark: Int32 = 25

    package borrowing func read(into buffer: inout [UInt8]) -> Outcome {
        if let tls {
            if let undecided = tls.decide(descriptor.number) { return undecided }
            if let stream = tls.stream { return stream.read(into: &buffer) }
        }
        let count = buffer.withUnsafeMutableBytes { recv(descriptor.number, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .transferred(count) }
        return count == 0 ? .ended : Self.outcome(errno)
    }

    package borrowing func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        if let stream = tls?.stream { return stream.write(bytes) }
        let count = linux_send(descriptor.number, bytes.baseAddress, bytes.count)
        return count >= 0 ? .transferred(count) : Self.outcome(errno)
    }

    package borrowing func write(_ bytes: [UInt8], from start: Int) -> Outcome {
        if let stream = tls?.stream {
            return bytes.withUnsafeBytes { stream.write(UnsafeRawBufferPointer(rebasing: $0[start...])) }
        }
        let number = descriptor.number
        let count = bytes.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            return linux_send(number, rest.baseAddress, rest.count)
        }
        return count >= 0 ? .transferred(count) : Self.outcome(errno)
    }

    /// Shuts down the sending direction once pending data is sent.
    package borrowing func finishWriting() {
        tls?.stream?.finishWriting()
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    /// Sends the unsent bytes; `.transferred(0)` when none are left.
    package borrowing func flush() -> Outcome { tls?.stream?.flush() ?? .transferred(0) }

    static func outcome(_ code: Int32) -> Outcome {
        switch code {
        case EAGAIN, EINTR: .wouldBlock
        case ECONNRESET, EPIPE: .ended
        default: .failed(code)
        }
    }
}

/// Accepts TCP connections on one endpoint.
@ReactorActor
package final class ConnectionListener: DescriptorHandler {
    private let descriptor: OwnedDescriptor
    private let onAccept: (consuming StreamSocket) -> Void
    private let onExhausted: (SystemError) -> Void
    private var watch: EventLoop.Watch?
    private var pauseTimer: TimerQueue.Token?

    /// `onExhausted` reports that the process has no descriptors left. Accepting then pauses, because the pending
    /// connection would otherwise keep the loop busy.
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
        // Bounded, so that a flood of connections does not delay existing ones.
        for _ in 0..<16 {
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
            // All other errors concern a connection that ended before it was accepted: continue with the next.
        }
    }

    package func close() {
        pauseTimer.map(EventLoop.shared.timers.cancel)
        watch.map(EventLoop.shared.unwatch)
        watch = nil
    }

    private func resumeAccepting() throws(SystemError) {
        watch = try EventLoop.shared.watch(descriptor.number, for: .readable, priority: .client, handler: self)
    }

    private func pauseAccepting() {
        watch.map(EventLoop.shared.unwatch)
        watch = nil
        pauseTimer = EventLoop.shared.timers.after(.milliseconds(500)) { [weak self] in try? self?.resumeAccepting() }
    }
}
