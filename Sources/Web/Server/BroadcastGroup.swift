import Clocks
import Metrics
import Network
import Reactor

/// Clients that receive the same messages. A message is framed once for all of them; the messages of one loop iteration
/// are sent together, without an allocation per client.
@ReactorActor
package final class BroadcastGroup: IterationEndHandler {
    /// Clients that receive identical bytes, because they have the same window for compression or none. A class, because the
    /// members of an array in an array are checked for other references twice.
    private final class Partition {
        let deflate: PerMessageDeflate.Agreement?
        var batch = FrameBatch()
        /// Counts the batches, so that an offset into one batch is not used for the next.
        var batchNumber: UInt64 = 0
        var members: [Member] = []

        init(_ deflate: PerMessageDeflate.Agreement?) {
            self.deflate = deflate
        }
    }

    /// A client, and how much of a batch it was sent. Contiguous storage lets a broadcast pass through a thousand
    /// members quickly.
    private struct Member {
        let client: WebSocketClient
        let connection: ClientConnection
        var batchNumber: UInt64
        var sentBytes: Int

        /// Marks the batch as sent up to `end`. Returns where its unsent part begins; nil if there is none.
        mutating func markSent(_ number: UInt64, upTo end: Int) -> Int? {
            let start = batchNumber == number ? sentBytes : 0
            guard start < end else { return nil }
            batchNumber = number
            sentBytes = end
            return start
        }
    }

    private let deflater: Deflater?
    private let latency: Histogram?
    private let sends: SendBatch
    private var partitions: [Partition] = []
    /// When the input behind each message of this iteration arrived.
    private var arrivals: [MonotonicTime] = []
    /// The clients whose sockets did not accept all of a broadcast.
    private var unfinished: [(connection: ClientConnection, outcome: StreamSocket.Outcome)] = []
    private var isFlushScheduled = false

    /// `latency` observes each message from its arrival to the last client's send.
    package init(deflater: Deflater? = nil, latency: Histogram? = nil, sends: SendBatch = .shared) {
        self.deflater = deflater
        self.latency = latency
        self.sends = sends
    }

    package var isEmpty: Bool {
        for partition in partitions where !partition.members.isEmpty { return false }
        return true
    }
    package var count: Int { partitions.reduce(0) { $0 + $1.members.count } }

    package func add(_ client: WebSocketClient) {
        // What the client does with its own messages makes no difference.
        let deflate = client.deflate.map {
            PerMessageDeflate.Agreement(ourWindowBits: $0.ourWindowBits, peerKeepsContext: false)
        }
        let index = partitions.firstIndex { $0.deflate == deflate } ?? addPartition(deflate)
        let partition = partitions[index]
        client.membership = WebSocketClient.Membership(
            group: self, partition: index, index: partition.members.count)
        partition.members.append(
            Member(
                client: client, connection: client.connection, batchNumber: partition.batchNumber,
                sentBytes: partition.batch.bytes.count))
    }

    /// Removes a client; messages sent before still reach it.
    package func remove(_ client: WebSocketClient) {
        guard let membership = client.membership, membership.group === self else { return }
        flush(client)
        client.membership = nil
        let partition = partitions[membership.partition]
        let last = partition.members.removeLast()
        guard last.client !== client else { return }
        partition.members[membership.index] = last
        last.client.membership?.index = membership.index
    }

    /// Sends a message to all clients at the end of this iteration. `received` is the arrival time of its input.
    package func send(
        _ payload: ArraySlice<UInt8>, _ kind: WebSocketMessage.Kind = .text, mayBeDropped: Bool, received: MonotonicTime
    ) {
        for partition in partitions where !partition.members.isEmpty {
            append(payload, kind, mayBeDropped: mayBeDropped, to: partition)
        }
        if latency != nil { arrivals.append(received) }
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    package func iterationEnded() {
        isFlushScheduled = false
        for partition in partitions where !partition.batch.isEmpty {
            distribute(partition)
            recycle(partition)
        }
        guard let latency, !arrivals.isEmpty else { return }
        let now = SystemClock.monotonic()
        while let arrival = arrivals.popLast() { latency.observe(now - arrival) }
    }

    /// Sends a client the group's messages so far, so that its own next message follows them.
    func flush(_ client: WebSocketClient) {
        guard let membership = client.membership, membership.group === self else { return }
        let partition = partitions[membership.partition]
        let end = partition.batch.bytes.count
        guard let start = partition.members[membership.index].markSent(partition.batchNumber, upTo: end) else { return }
        client.connection.send(partition.batch, from: start)
    }

    private func distribute(_ partition: Partition) {
        let batch = partition.batch
        var end = 0
        // A service may send more when a client found closed leaves the group.
        while end < batch.bytes.count {
            let bytes = batch.bytes
            end = bytes.count
            partition.members.withUnsafeMutableBufferPointer { members in
                for index in members.indices {
                    guard let start = members[index].markSent(partition.batchNumber, upTo: end) else { continue }
                    if members[index].connection.join(sends, from: start, as: index) {
                        if sends.isFull { sendJoined(batch, bytes, to: members) }
                    } else if let outcome = members[index].connection.deliver(batch, bytes, from: start) {
                        unfinished.append((members[index].connection, outcome))
                    }
                }
                sendJoined(batch, bytes, to: members)
            }
            finishBroadcast()
        }
    }

    private func sendJoined(_ batch: FrameBatch, _ bytes: [UInt8], to members: UnsafeMutableBufferPointer<Member>) {
        if !sends.send(bytes) {
            for index in 0..<sends.count {
                let result = sends.result(at: index)
                let connection = members[result.key].connection
                if !connection.accepted(result.outcome, of: batch, from: result.start, to: bytes.count) {
                    unfinished.append((connection, result.outcome))
                }
            }
        }
        sends.removeAll()
    }

    /// Closes clients found gone, and waits until slow ones accept more. Only now, because a client that leaves the group moves
    /// others to its place.
    private func finishBroadcast() {
        guard !unfinished.isEmpty else { return }
        let connections = unfinished
        unfinished.removeAll()
        for (connection, outcome) in connections { connection.finishBroadcast(outcome) }
    }

    /// Reuses the memory for the next iteration, unless the queue of a slow client still refers to it.
    private func recycle(_ partition: Partition) {
        partition.batchNumber += 1
        if isKnownUniquelyReferenced(&partition.batch) {
            partition.batch.removeAll()
        } else {
            partition.batch = FrameBatch()
        }
    }

    private func append(
        _ payload: ArraySlice<UInt8>, _ kind: WebSocketMessage.Kind, mayBeDropped: Bool, to partition: Partition
    ) {
        partition.batch.append(mayBeDropped: mayBeDropped) { bytes in
            if let deflater, partition.deflate?.allows(deflater, payloadBytes: payload.count) == true,
                deflater.appendFrame(kind, payload, to: &bytes)
            {
                return
            }
            WebSocketFrame.append(kind.opcode, payload, to: &bytes)
        }
    }

    private func addPartition(_ deflate: PerMessageDeflate.Agreement?) -> Int {
        partitions.append(Partition(deflate))
        return partitions.count - 1
    }
}
