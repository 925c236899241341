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

        func join(_ sends: SendBatch, from start: Int, as key: Int) {
            let isAdded = sends.add(socket, from: start, as: key)
            #expect(isAdded)
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
            for index in 0..<count { pairs[index].join(sends, from: index * 3, as: index) }
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
        full.join(sends, from: 0, as: 7)
        alone.join(sends, from: 0, as: 8)
        fine.join(sends, from: 40, as: 9)
        #expect(!sends.send(bytes))
        #expect(sends.result(at: 0) == SendBatch.Result(key: 7, start: 0, outcome: .wouldBlock))
        #expect(sends.result(at: 1) == SendBatch.Result(key: 8, start: 0, outcome: .ended))
        #expect(sends.result(at: 2) == SendBatch.Result(key: 9, start: 40, outcome: .transferred(60)))
        #expect(fine.received() == Array(bytes[40...]))
        sends.removeAll()

        // More than a socket accepts at once.
        let cut = try Pair()
        let many = [UInt8](repeating: 6, count: 2_000_000)
        fine.join(sends, from: many.count - 10, as: 0)
        cut.join(sends, from: 0, as: 1)
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
