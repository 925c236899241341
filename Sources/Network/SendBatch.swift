import CUring
import Reactor

/// Sends the same bytes to many sockets: with one system call where the kernel permits io_uring, otherwise with one for each.
package final class SendBatch {
    @ReactorActor package static let shared = SendBatch()
    package static let capacity = 64

    package struct Result: Equatable {
        package let key: Int
        /// Where the bytes for the socket began.
        package let start: Int
        package let outcome: StreamSocket.Outcome
    }

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

    package var isFull: Bool { count == Self.capacity }

    /// Adds a socket that lacks the bytes from `start` on, with a key of the caller. It must stay open until `send` returns. Returns
    /// false if it is encrypted.
    package func add(_ socket: borrowing StreamSocket, from start: Int, as key: Int) -> Bool {
        guard !socket.isEncrypted else { return false }
        precondition(!isFull)
        requests[count] = uring_request(socket: socket.descriptor.number, result: 0, start: start, key: key)
        count += 1
        return true
    }

    /// Sends to all sockets. Returns whether each has accepted all of its bytes.
    package func send(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBufferPointer { uring_send(sender, requests, UInt32(count), $0.baseAddress, $0.count) }
    }

    /// What became of the request at an index.
    package func result(at index: Int) -> Result {
        precondition(index < count)
        let request = requests[index]
        return Result(
            key: request.key, start: request.start,
            outcome: request.result >= 0 ? .transferred(Int(request.result)) : StreamSocket.outcome(-request.result))
    }

    package func removeAll() {
        count = 0
    }
}
