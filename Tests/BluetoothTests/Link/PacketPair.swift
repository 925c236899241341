import Bluetooth
import CLinux
import Glibc
import Reactor
import Testing

/// A non-blocking socket pair: one end for a channel, the other for the test.
struct PacketPair: ~Copyable {
    let near: Int32
    let far: OwnedDescriptor

    init() throws {
        var ends: [Int32] = [-1, -1]
        let type = Int32(SOCK_SEQPACKET.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
        try #require(socketpair(AF_UNIX, type, 0, &ends) == 0)
        near = ends[0]
        far = OwnedDescriptor(adopting: ends[1])
    }

    borrowing func sendPacket(_ packet: [UInt8]) {
        #expect(send(far.number, packet, packet.count, Int32(MSG_NOSIGNAL)) == packet.count)
    }

    /// The next received packet, if any.
    borrowing func receivePacket() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 2_048)
        let count = recv(far.number, &buffer, buffer.count, 0)
        return count >= 0 ? Array(buffer.prefix(count)) : nil
    }
}

/// A socket with scripted results that falls back to a real one.
@ReactorActor
final class ScriptedSocket: PacketSocket {
    var connectCode: Int32 = 0
    var pendingErrors: [Int32] = []
    var receives: [PacketResult] = []
    var sends: [PacketResult] = []
    private(set) var receiveCount = 0
    private let real: ConnectedPacketSocket

    init(_ descriptor: Int32) {
        real = ConnectedPacketSocket(OwnedDescriptor(adopting: descriptor))
    }

    var descriptor: Int32 { real.descriptor }
    func connect() -> Int32 { connectCode }
    func pendingError() -> Int32 { pendingErrors.isEmpty ? real.pendingError() : pendingErrors.removeFirst() }

    func receive(into buffer: inout [UInt8]) -> PacketResult {
        receiveCount += 1
        return receives.isEmpty ? real.receive(into: &buffer) : receives.removeFirst()
    }

    func send(_ packet: [UInt8]) -> PacketResult {
        sends.isEmpty ? real.send(packet) : sends.removeFirst()
    }
}

/// Records the events of a channel.
@ReactorActor
final class ChannelRecorder: PacketChannelDelegate {
    var opened = 0
    var packets: [[UInt8]] = []
    var errors: [LinkError] = []
    var outgoing: [[UInt8]] = []
    var afterPacket: () -> Void = {}

    func channelOpened() { opened += 1 }
    func channelClosed(_ error: LinkError) { errors.append(error) }
    func nextPacket() -> [UInt8]? { outgoing.isEmpty ? nil : outgoing.removeFirst() }

    func channelReceived(_ packet: ArraySlice<UInt8>) {
        #expect(errors.isEmpty, "packet after the end")
        packets.append(Array(packet))
        afterPacket()
    }
}

/// Runs the loop until the condition holds, for a limited number of iterations.
@ReactorActor
func runLoop(until holds: () -> Bool) async -> Bool {
    for _ in 0..<100_000 {
        if holds() { return true }
        await Task.yield()
    }
    return holds()
}

/// Runs the loop for a few iterations, to check that something does not happen.
@ReactorActor
func runLoopBriefly() async {
    for _ in 0..<50 { await Task.yield() }
}
