import Clocks
import Glibc
import Reactor
import Testing

@testable import Network

@Suite("Sends to many sockets") struct SendBatchTests {
    /// A connected socket, and the other end of its connection.
    private final class Pair {
        let socket: StreamSocket
        let peer: OwnedDescriptor

        init() throws {
            var ends: [Int32] = [0, 0]
            let type = Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, type, 0, &ends) == 0 else { throw SystemError("socketpair") }
            socket = StreamSocket(accepted: ends[0], from: try SocketAddress(host: "127.0.0.1", port: 1))
            peer = OwnedDescriptor(adopting: ends[1])
        }

        func received() -> [UInt8] {
            var buffer = [UInt8](repeating: 0, count: 1_000_000)
            let count = recv(peer.number, &buffer, buffer.count, 0)
            return Array(buffer[..<max(0, count)])
        }

        /// Fills the socket, which then accepts nothing.
        func fill() {
            let bytes = [UInt8](repeating: 0, count: 65_536)
            while socket.write(bytes, from: 0) != .wouldBlock {}
        }
    }

    @Test("each socket receives its part, and nothing of the batch before", arguments: [true, false])
    func parts(usesRing: Bool) throws {
        let sends = SendBatch(usesRing: usesRing)
        let pairs = try (0..<SendBatch.capacity).map { _ in try Pair() }
        for (round, count) in [1, 2, 7, SendBatch.capacity].enumerated() {
            let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ round) }
            for index in 0..<count { sends.add(pairs[index].socket, from: index * 3) }
            #expect(sends.isFull == (count == SendBatch.capacity))
            #expect(sends.send(bytes))
            for index in 0..<count {
                #expect(sends.result(at: index).outcome == .transferred(1_000 - index * 3))
                #expect(pairs[index].received() == Array(bytes[(index * 3)...]))
            }
            sends.removeAll()
        }
    }

    @Test("each socket has its own result: full, without a peer, cut", arguments: [true, false])
    func results(usesRing: Bool) throws {
        let sends = SendBatch(usesRing: usesRing)
        let (fine, full, alone) = (try Pair(), try Pair(), try Pair())
        full.fill()
        shutdown(alone.peer.number, Int32(SHUT_RDWR))
        let bytes = [UInt8](repeating: 5, count: 100)
        sends.add(full.socket, from: 0)
        sends.add(alone.socket, from: 0)
        sends.add(fine.socket, from: 40)
        #expect(!sends.send(bytes))
        #expect(sends.result(at: 0) == (0, .wouldBlock))
        #expect(sends.result(at: 1) == (0, .ended))
        #expect(sends.result(at: 2) == (40, .transferred(60)))
        #expect(fine.received() == Array(bytes[40...]))
        sends.removeAll()

        // More than a socket accepts at once.
        let cut = try Pair()
        let many = [UInt8](repeating: 6, count: 2_000_000)
        sends.add(fine.socket, from: many.count - 10)
        sends.add(cut.socket, from: 0)
        #expect(!sends.send(many))
        #expect(sends.result(at: 0).outcome == .transferred(10))
        guard case .transferred(let count) = sends.result(at: 1).outcome else {
            Issue.record("\(sends.result(at: 1))")
            return
        }
        #expect(count > 0 && count < many.count)
        sends.removeAll()
    }
}
