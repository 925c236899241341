import Clocks
import Metrics
import Reactor

/// Clients that all hear the same messages. A message is framed once for all of them; what came together in one turn of
/// the loop leaves in one call for each client, and no client costs an allocation for it.
@ReactorActor
package final class BroadcastGroup: IterationEndHandler {
    /// The clients that get the very same bytes: those that agreed on the same compression, or on none.
    private struct Partition {
        let deflate: PerMessageDeflate.Agreement?
        var batch = FrameBatch()
        /// Counts the batches, so that a client's place in one is not taken for its place in the next.
        var batchNumber: UInt64 = 0
        var members: [Member] = []

        /// Where the part of the current batch begins that a member has not been given yet; it counts as given from now
        /// on. Nil when there is none.
        mutating func markSent(_ index: Int) -> Int? {
            let end = batch.bytes.count
            let start = members[index].batchNumber == batchNumber ? members[index].given : 0
            guard start < end else { return nil }
            members[index].batchNumber = batchNumber
            members[index].given = end
            return start
        }
    }

    /// A client, and how much of a batch it has been given. All that a broadcast needs of it lies together, so that a
    /// thousand of them are passed through quickly.
    private struct Member {
        let client: WebSocketClient
        let connection: ClientConnection
        var batchNumber: UInt64
        var given: Int
    }

    private let deflater: Deflater?
    private let latency: Histogram?
    private var partitions: [Partition] = []
    /// When the bytes behind each message of this turn entered the process.
    private var arrivals: [MonotonicTime] = []
    private var isFlushScheduled = false

    /// `delivery` observes how long each message took, from its arrival until it was handed to the last client's socket.
    package init(deflater: Deflater? = nil, latency: Histogram? = nil) {
        self.deflater = deflater
        self.latency = latency
    }

    package var isEmpty: Bool {
        for lane in partitions where !lane.members.isEmpty { return false }
        return true
    }
    package var count: Int { partitions.reduce(0) { $0 + $1.members.count } }

    package func add(_ client: WebSocketClient) {
        let lane = partitions.firstIndex { $0.deflate == client.deflate } ?? addPartition(client)
        client.membership = WebSocketClient.Membership(group: self, lane: lane, index: partitions[lane].members.count)
        partitions[lane].members.append(
            Member(
                client: client, connection: client.connection, batchNumber: partitions[lane].batchNumber,
                given: partitions[lane].batch.bytes.count))
    }

    /// The client leaves; what was said while it was here still reaches it.
    package func remove(_ client: WebSocketClient) {
        guard let seat = client.membership, seat.group === self else { return }
        flush(client)
        client.membership = nil
        let last = partitions[seat.lane].members.removeLast()
        guard last.client !== client else { return }
        partitions[seat.lane].members[seat.index] = last
        last.client.membership?.index = seat.index
    }

    /// Sends a text message to all, at the end of this turn. `received` is when what it tells of entered the process.
    package func send(_ text: ArraySlice<UInt8>, mayBeDropped: Bool, received: MonotonicTime) {
        for index in partitions.indices where !partitions[index].members.isEmpty {
            append(text, mayBeDropped: mayBeDropped, to: index)
        }
        arrivals.append(received)
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        EventLoop.shared.callAtEndOfIteration(self)
    }

    package func iterationEnded() {
        isFlushScheduled = false
        for lane in partitions.indices where !partitions[lane].batch.isEmpty {
            distribute(lane)
            recycle(lane)
        }
        if let latency, !arrivals.isEmpty {
            let now = SystemClock.monotonic()
            for arrival in arrivals { latency.observe(now - arrival) }
        }
        arrivals.removeAll(keepingCapacity: true)
    }

    /// Hands a client what its group has said to it so far, so that its own next message comes after that.
    func flush(_ client: WebSocketClient) {
        guard let seat = client.membership, seat.group === self,
            let start = partitions[seat.lane].markSent(seat.index)
        else { return }
        client.connection.send(partitions[seat.lane].batch, from: start)
    }

    private func distribute(_ lane: Int) {
        let batch = partitions[lane].batch
        // From the back: a client that is found gone leaves its seat to the last one, which has been served by then.
        var index = partitions[lane].members.count
        while index > 0 {
            index -= 1
            guard index < partitions[lane].members.count, let start = partitions[lane].markSent(index) else { continue }
            partitions[lane].members[index].connection.deliver(batch, from: start)
        }
    }

    /// The same memory serves the next turn, unless a client that does not keep up still needs what is in it.
    private func recycle(_ lane: Int) {
        partitions[lane].batchNumber += 1
        if isKnownUniquelyReferenced(&partitions[lane].batch) {
            partitions[lane].batch.removeAll()
        } else {
            partitions[lane].batch = FrameBatch()
        }
    }

    private func append(_ text: ArraySlice<UInt8>, mayBeDropped: Bool, to lane: Int) {
        partitions[lane].batch.append(mayBeDropped: mayBeDropped) { bytes in
            if let deflater, partitions[lane].deflate?.allows(deflater, payloadBytes: text.count) == true,
                deflater.appendFrame(.text, text, to: &bytes)
            {
                return
            }
            WebSocketFrame.append(.text, text, to: &bytes)
        }
    }

    private func addPartition(_ client: WebSocketClient) -> Int {
        partitions.append(Partition(deflate: client.deflate))
        return partitions.count - 1
    }
}
