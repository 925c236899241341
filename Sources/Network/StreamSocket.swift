import CLinux
import Glibc
import Reactor

/// One TCP connection's descriptor, and the calls on it.
package struct StreamSocket: ~Copyable {
    /// What a call on the socket came to.
    package enum Outcome: Equatable {
        case transferred(Int)
        /// Nothing can be moved now; the loop will say when.
        case wouldBlock
        /// The other side has ended the connection.
        case ended
        case failed(Int32)
    }

    package let descriptor: OwnedDescriptor
    package let peer: SocketAddress

    /// Takes over a connected socket, non-blocking already.
    package init(accepted number: Int32, from peer: SocketAddress) {
        self.init(OwnedDescriptor(adopting: number), peer)
    }

    /// Begins to connect. What comes of it shows when the socket can be written: where nobody listens, writing fails.
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
        // Events are small and wanted now.
        self.descriptor.setOption(Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        // Without this the kernel would hold megabytes of stale events for a client that has stopped reading; what waits
        // shall wait in our queue, where it is counted and can be dropped.
        self.descriptor.setOption(Int32(IPPROTO_TCP), Self.notSentLowWaterMark, 16_384)
    }

    /// TCP_NOTSENT_LOWAT, which older C library headers lack.
    private static let notSentLowWaterMark: Int32 = 25

    package borrowing func read(into buffer: inout [UInt8]) -> Outcome {
        let count = buffer.withUnsafeMutableBytes { recv(descriptor.number, $0.baseAddress, $0.count, 0) }
        if count > 0 { return .transferred(count) }
        return count == 0 ? .ended : Self.outcome(errno)
    }

    package borrowing func write(_ bytes: UnsafeRawBufferPointer) -> Outcome {
        let count = send(descriptor.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        return count >= 0 ? .transferred(count) : Self.outcome(errno)
    }

    package borrowing func write(_ bytes: [UInt8], from start: Int) -> Outcome {
        let number = descriptor.number
        let count = bytes.withUnsafeBytes { bytes in
            let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
            return send(number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
        }
        return count >= 0 ? .transferred(count) : Self.outcome(errno)
    }

    /// Tells the other side that nothing more will come, after what is still under way.
    package borrowing func finishWriting() {
        shutdown(descriptor.number, Int32(SHUT_WR))
    }

    private static func outcome(_ code: Int32) -> Outcome {
        switch code {
        case EAGAIN, EINTR: .wouldBlock
        case ECONNRESET, EPIPE: .ended
        default: .failed(code)
        }
    }
}
