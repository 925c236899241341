import CUring
import Reactor

/// Sends the same bytes to many sockets: with one system call where the kernel permits io_uring, otherwise with one for each.
package final class SendBatch {
    @ReactorActor package static let shared = SendBatch()
    package static let capacity = 64

    private let sender: OpaquePointer?
    private let requests: UnsafeMutablePointer<uring_request>
    package private(set) var count = 0

    /// - Parameter usesRing: false sends as if the kernel had no io_uring.
    package init(usesRing: Bool = true) {
        sender = usesRing ? uring_sender_new(UInt32(Self.capacity)) : nil
        requests = .allocate(capacity: Self.capacity)
    }

    deinit {
        uring_sender_free(sender)
        requests.deallocate()
    }

    /// Whether the kernel has permitted io_uring.
    package var usesRing: Bool { sender != nil }
    package var isFull: Bool { count == Self.capacity }

    /// Adds a socket that lacks the bytes from `start` on. It must not be encrypted, and stay open until `send` returns.
    package func add(_ socket: borrowing StreamSocket, from start: Int) {
        precondition(!isFull && !socket.isEncrypted)
        requests[count] = uring_request(socket: socket.descriptor.number, result: 0, start: start)
        count += 1
    }

    /// Sends to all sockets. Returns whether each has accepted all of its bytes.
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { uring_send(sender, requests, UInt32(count), $0.baseAddress, $0.count) }
    }

    /// Where the bytes for a socket began, and what became of them.
    package func result(at index: Int) -> (start: Int, outcome: StreamSocket.Outcome) {
        precondition(index < count)
        let request = requests[index]
        let outcome = request.result >= 0 ? .transferred(Int(request.result)) : StreamSocket.outcome(-request.result)
        return (request.start, outcome)
    }

    package func removeAll() {
        count = 0
    }
}
