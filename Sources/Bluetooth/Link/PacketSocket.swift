import Glibc
import Reactor

/// The system calls of a packet socket. Tests replace them to inject errors.
@ReactorActor
package protocol PacketSocket: AnyObject {
    /// Non-blocking. Stays open as long as this object lives.
    var descriptor: Int32 { get }

    /// Returns 0 if connected, EINPROGRESS if connecting, else an error number.
    func connect() -> Int32

    /// SO_ERROR: the pending error, which is then cleared. 0 for none.
    func pendingError() -> Int32

    /// Receives one packet. The count exceeds the buffer if the packet was truncated.
    func receive(into buffer: inout [UInt8]) -> PacketResult

    func send(_ packet: [UInt8]) -> PacketResult
}

/// The result of a call.
package enum PacketResult: Hashable, Sendable {
    case transferred(Int)
    /// No transfer is possible now.
    case wouldBlock
    /// The peer has closed the socket.
    case closed
    case failed(Int32)
}

/// A packet socket that is already connected, such as one end of a socket pair. Also the implementation of the other
/// sockets.
@ReactorActor
package final class ConnectedPacketSocket: PacketSocket {
    private let owned: OwnedDescriptor

    package init(_ descriptor: consuming OwnedDescriptor) {
        owned = descriptor
    }

    package var descriptor: Int32 { owned.number }

    package func connect() -> Int32 { 0 }

    package func pendingError() -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout.size(ofValue: code))
        return getsockopt(owned.number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }

    package func receive(into buffer: inout [UInt8]) -> PacketResult {
        // With MSG_TRUNC, recv returns the full length of a truncated packet.
        let count = buffer.withUnsafeMutableBytes {
            recv(owned.number, $0.baseAddress, $0.count, Int32(MSG_TRUNC))
        }
        if count > 0 { return .transferred(count) }
        return count == 0 ? .closed : Self.outcome(errno)
    }

    package func send(_ packet: [UInt8]) -> PacketResult {
        let count = packet.withUnsafeBytes {
            Glibc.send(owned.number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        return count >= 0 ? .transferred(count) : Self.outcome(errno)
    }

    private static func outcome(_ code: Int32) -> PacketResult {
        code == EAGAIN || code == EINTR ? .wouldBlock : .failed(code)
    }
}
