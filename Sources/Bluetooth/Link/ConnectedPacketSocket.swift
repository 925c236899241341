import CLinux
import Glibc
import Reactor

/// A packet socket that is connected already: one end of a pair of the system's own, or what another one is made of.
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
        // MSG_TRUNC has the call tell the true length of what did not fit.
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
