import Clocks
import Metrics
import Reactor

/// Clients that receive the same messages. A message is framed once for all of them; the messages of one loop iteration
/// are sent in one call per client, without an allocation per client.
@ReactorActor
package final class BroadcastGroup: IterationEndHandler {
    /// Clients that receive identical bytes, because they have the same window for compression or none.
    private struct Partition {
        let deflate: PerMessageDeflate.Agreement?
        var batch = FrameBatch()
        /// Counts the batches, so that an offset into one batch is not used for the next.
        var batchNumber: UInt64 = 0
        var members: [Member] = []

        /// Marks the current batch as sent to a member. Returns where its unsent part begins; nil if there is none.
        mutating func markSent(_ index: Int) -> Int? {
            let end = batch.bytes.count
            let start = members[index].batchNumber == batchNumber ? members[index].sentBytes : 0
            guard start < end else { return nil }
            members[index].batchNumber = batchNumber
            members[index].sentBytes = end
            return start
        }
    }

    /// A client, and how much of a batch it was sent. Contiguous storage lets a broadcast pass through a thousand
    /// members quickly.
    private struct Member {
        let client: WebSocketClient
        let connection: ClientConnection
        var batchNumber: UInt64
        var sentBytes: Int
    }

    private let deflater: Deflater?
    private let latency: Histogram?
    private var partitions: [Partition] = []
    /// When the input behind each message of this iteration arrived.
    private var arrivals: [MonotonicTime] = []
    private var isFlushScheduled = false

    /// `latency` observes each message from its arrival to the last client's send.
    package init(deflater: Deflater? = nil, latency: Histogram? = nil) {
        self.deflater = deflater
        self.latency = latency
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
        let partition = partitions.firstIndex { $0.deflate == deflate } ?? addPartition(deflate)
        client.membership = WebSocketClient.Membership(
            group: self, partition: partition, index: partitions[partition].members.count)
        partitions[partition].members.append(
            Member(
                client: client, connection: client.connection, batchNumber: partitions[partition].batchNumber,
                sentBytes: partitions[partition].batch.bytes.count))
    }

    /// Removes a client; messages sent before still reach it.
    package func remove(_ client: WebSocketClient) {
        guard let membership = client.membership, membership.group === self else { return }
        flush(client)
        client.membership = nil
        let last = partitions[membership.partition].members.removeLast()
        guard last.client !== client else { return }
        partitions[membership.partition].members[membership.index] = last
        last.client.membership?.index = membership.index
    }

    /// Sends a message to all clients at the end of this iteration. `received` is the arrival time of its input.
    package func send(
        _ payload: ArraySlice<UInt8>, _ kind: WebSocketMessage.Kind = .text, mayBeDropped: Bool, received: MonotonicTime
    ) {
        for index in partitions.indices where !partitions[index].members.isEmpty {
            append(payload, kind, mayBeDropped: mayBeDropped, to: index)
        }
        arrivals.append(received)
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    package func iterationEnded() {
        isFlushScheduled = false
        for partition in partitions.indices where !partitions[partition].batch.isEmpty {
            distribute(partition)
            recycle(partition)
        }
        if let latency, !arrivals.isEmpty {
            let now = SystemClock.monotonic()
            for arrival in arrivals { latency.observe(now - arrival) }
        }
        arrivals.removeAll(keepingCapacity: true)
    }

    /// Sends a client the group's messages so far, so that its own next message follows them.
    func flush(_ client: WebSocketClient) {
        guard let membership = client.membership, membership.group === self,
            let start = partitions[membership.partition].markSent(membership.index)
        else { return }
        client.connection.send(partitions[membership.partition].batch, from: start)
    }

    private func distribute(_ partition: Int) {
        let batch = partitions[partition].batch
        // In reverse order: a client found closed is replaced by the last one, which has already been served.
        var index = partitions[partition].members.count
        while index > 0 {
            index -= 1
            guard index < partitions[partition].members.count, let start = partitions[partition].markSent(index) else {
                continue
            }
            partitions[partition].members[index].connection.deliver(batch, from: start)
        }
    }

    /// Reuses the memory for the next iteration, unless the queue of a slow client still refers to it.
    private func recycle(_ partition: Int) {
        partitions[partition].batchNumber += 1
        if isKnownUniquelyReferenced(&partitions[partition].batch) {
            partitions[partition].batch.removeAll()
        } else {
            partitions[partition].batch = FrameBatch()
        }
    }

    private func append(
        _ payload: ArraySlice<UInt8>, _ kind: WebSocketMessage.Kind, mayBeDropped: Bool, to partition: Int
    ) {
        partitions[partition].batch.append(mayBeDropped: mayBeDropped) { bytes in
            if let deflater, partitions[partition].deflate?.allows(deflater, payloadBytes: payload.count) == true,
                deflater.appendFrame(kind, payload, to: &bytes)
            {
                return
            }
            WebSocketFrame.append(kind.opcode, payload, to: &bytes)
        }
    }

    private func addPartition(_ deflate: PerMessageDeflate.Agreement?) -> Int {
        partitions.append(Partition(deflate: deflate))
        return partitions.count - 1
    }
}
