import Reactor

/// The calls on a socket whose messages are packets: what `PacketChannel` needs of the system, and what a test replaces to
/// let any call fail in any way.
@ReactorActor
package protocol PacketSocket: AnyObject {
    /// Non-blocking. It stays open as long as this object lives.
    var descriptor: Int32 { get }

    /// 0 when it is connected at once, EINPROGRESS when it will be, else why not.
    func connect() -> Int32

    /// SO_ERROR: what the socket has met since somebody asked last. 0 for nothing.
    func pendingError() -> Int32

    /// Takes one packet. The count may be greater than the buffer, of which the packet then has filled all.
    func receive(into buffer: inout [UInt8]) -> PacketResult

    func send(_ packet: [UInt8]) -> PacketResult
}

/// What a call came to.
package enum PacketResult: Hashable, Sendable {
    case transferred(Int)
    /// Nothing can be moved now; the loop will say when.
    case wouldBlock
    /// There is no other end any more.
    case closed
    case failed(Int32)
}
