import Clocks

/// Frames written once and sent to any number of clients from the same bytes.
package final class FrameBatch {
    /// Where a frame ends, and whether it may be dropped for a slow client.
    struct Mark {
        let end: Int
        let mayBeDropped: Bool
    }

    private(set) var bytes: [UInt8] = []
    private(set) var marks: [Mark] = []
    /// Whether the batch is meant for one client, rather than a broadcast.
    let isDirect: Bool
    /// Where the bytes are counted while a queue refers to them, and how many.
    private var use: MemoryUse?
    private var countedBytes = 0

    /// A batch for a broadcast.
    package init() {
        isDirect = false
    }

    /// A batch for one client, such as a response.
    package init(direct bytes: [UInt8]) {
        self.bytes = bytes
        marks = [Mark(end: bytes.count, mayBeDropped: false)]
        isDirect = true
    }

    /// A text message that any number of clients may receive.
    package convenience init(message text: ArraySlice<UInt8>) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(WebSocketFrame.maximumHeaderBytes + text.count)
        WebSocketFrame.append(.text, text, to: &bytes)
        self.init(direct: bytes)
    }

    var isEmpty: Bool { marks.isEmpty }

    /// Adds the frame that `write` appends.
    func append(mayBeDropped: Bool, _ write: (inout [UInt8]) -> Void) {
        write(&bytes)
        marks.append(Mark(end: bytes.count, mayBeDropped: mayBeDropped))
    }

    deinit {
        use?.add(-countedBytes)
    }

    /// Counts the bytes, which a queue now refers to. Each byte is counted once, however many queues that are.
    func count(in use: MemoryUse) {
        guard bytes.count > countedBytes else { return }
        self.use = use
        use.add(bytes.count - countedBytes)
        countedBytes = bytes.count
    }

    /// Clears the batch for the next iteration but keeps its memory. Only for a batch without other references.
    func removeAll() {
        if countedBytes > 0 { use?.add(-countedBytes) }
        countedBytes = 0
        bytes.removeAll(keepingCapacity: true)
        marks.removeAll(keepingCapacity: true)
    }
}

/// The output queue of one client: parts of shared batches in order, copied only when they are sent.
///
/// The queue of a client that keeps up is empty. Otherwise it is bounded: the oldest droppable frames are dropped as a
/// whole, and counted. Responses do not count towards the limit; a client that does not read them gets no further ones.
struct Outbox {
    private struct Piece {
        let batch: FrameBatch
        var start: Int
        let end: Int
        let mayBeDropped: Bool
    }

    private(set) var byteCount = 0
    private var pieces: [Piece] = []
    /// Pieces before this one have been sent. They are removed in groups.
    private var first = 0
    /// Part of the first piece is sent, so its rest must follow.
    private var isFirstPartlySent = false
    /// The queued broadcast bytes, which decide whether a client is too slow.
    private(set) var broadcastByteCount = 0

    var isEmpty: Bool { byteCount == 0 }
    /// The memory of the queue itself, without the bytes that it refers to.
    var overheadBytes: Int { isEmpty ? 0 : pieces.count * MemoryLayout<Piece>.stride }

    /// Adds the frames of a batch from `start` to `end`. A start inside a frame means that its beginning has been sent.
    mutating func append(_ batch: FrameBatch, from start: Int = 0, to end: Int = .max) {
        var start = start
        let next = batch.marks.partitioningIndex { $0.end > start }
        if isEmpty { isFirstPartlySent = start > (next > 0 ? batch.marks[next - 1].end : 0) }
        for mark in batch.marks[next...] {
            guard mark.end <= end else { return }
            pieces.append(Piece(batch: batch, start: start, end: mark.end, mayBeDropped: mark.mayBeDropped))
            count(mark.end - start, of: batch)
            start = mark.end
        }
    }

    /// Appends the next bytes to send, about `limit` of them.
    func copyNext(_ limit: Int, to buffer: inout [UInt8]) {
        var room = limit
        for piece in pieces[first...] {
            guard room > 0 else { return }
            let end = piece.start + min(room, piece.end - piece.start)
            buffer.append(contentsOf: piece.batch.bytes[piece.start..<end])
            room -= end - piece.start
        }
    }

    /// Removes sent bytes.
    mutating func remove(_ count: Int) {
        var left = count
        while left > 0 {
            let length = pieces[first].end - pieces[first].start
            self.count(-min(left, length), of: pieces[first].batch)
            guard left >= length else {
                pieces[first].start += left
                isFirstPartlySent = true
                return
            }
            left -= length
            first += 1
            isFirstPartlySent = false
        }
        removeSent()
    }

    /// Drops the oldest droppable frames until at most `limit` broadcast bytes are queued; returns the number of
    /// dropped frames. More than `limit` may remain if frames must not be dropped.
    mutating func dropOldest(downTo limit: Int) -> Int {
        var dropped = 0
        var kept = Array(pieces[first..<min(first + (isFirstPartlySent ? 1 : 0), pieces.count)])
        for piece in pieces[(first + kept.count)...] {
            if piece.mayBeDropped, broadcastByteCount > limit {
                count(piece.start - piece.end, of: piece.batch)
                dropped += 1
            } else {
                kept.append(piece)
            }
        }
        (pieces, first) = (kept, 0)
        return dropped
    }

    mutating func removeAll() {
        self = Outbox()
    }

    private mutating func count(_ bytes: Int, of batch: FrameBatch) {
        byteCount += bytes
        if !batch.isDirect { broadcastByteCount += bytes }
    }

    private mutating func removeSent() {
        if isEmpty {
            pieces.removeAll(keepingCapacity: pieces.capacity <= 64)
            first = 0
        } else if first > 64, first > pieces.count / 2 {
            pieces.removeSubrange(..<first)
            first = 0
        }
    }
}

extension RandomAccessCollection where Index == Int {
    /// The first index whose element satisfies the predicate, if all later elements do as well.
    fileprivate func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
