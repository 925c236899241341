/// What waits to be sent to one client: parts of shared batches, in order, never copied until they are sent.
///
/// A client that keeps up has an empty outbox all the time. For one that does not, the outbox is bounded: the oldest
/// frames that may be dropped are dropped, whole, and counted. Answers do not count against a client: it gets no further
/// ones while it does not read those that it has.
struct Outbox {
    private struct Piece {
        let batch: FrameBatch
        var start: Int
        let end: Int
        let mayBeDropped: Bool
    }

    private(set) var byteCount = 0
    private var pieces: [Piece] = []
    /// Pieces before this one have been sent. They are cleared away now and then, not one by one.
    private var first = 0
    /// A part of the first piece is on the wire: the rest of it must follow, come what may.
    private var isFirstPartlySent = false
    /// How many bytes are broadcast: what the client has not asked for, and what its keeping up is judged by.
    private(set) var broadcastByteCount = 0

    var isEmpty: Bool { byteCount == 0 }

    /// Adds what a batch holds from `start` on. A start inside a frame means that the frame's beginning has been sent.
    mutating func append(_ batch: FrameBatch, from start: Int = 0) {
        var start = start
        let next = batch.marks.partitioningIndex { $0.end > start }
        if isEmpty { isFirstPartlySent = start > (next > 0 ? batch.marks[next - 1].end : 0) }
        for mark in batch.marks[next...] {
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

    /// Forgets bytes that have been sent.
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

    /// Drops the oldest frames that may be dropped until at most `limit` bytes of broadcasts wait; returns how many
    /// frames that cost. More than `limit` may remain: what must not be dropped stays.
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
    /// The first index whose element satisfies the predicate, where all later elements do as well.
    fileprivate func partitioningIndex(where isInSecondPart: (Element) -> Bool) -> Int {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if isInSecondPart(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}
