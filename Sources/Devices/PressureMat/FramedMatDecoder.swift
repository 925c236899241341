/// Decodes mats that write frames of a fixed length, by their layout.
///
/// Nothing in such a stream says where a frame begins except a few bytes that may also stand among the cells. So a frame
/// is believed only when its neighbour stands where it must: two hits, one frame length apart. From then on the decoder
/// steps by that length and never searches; when a step fails it says what it had to give up until two hits agree again.
package struct FramedMatDecoder: Sendable {
    package let layout: MatLayout
    package private(set) var counters = DecoderCounters()

    /// What has come and is not accounted for, from `start` on, and before it what a search may have to look back at.
    var buffer: [UInt8] = []
    var start = 0
    /// Whether a frame begins at `start`, by all that came before.
    var isLocked = false
    /// Whether `start` is where the stream began: a frame may begin there without anything before it.
    var isAtBeginning = true
    let frameLength: Int
    private var reading: MatReading

    /// Bytes that were given up and not reported yet.
    private var skippedBytes = 0
    /// Whether they were given up because a step failed.
    private var hasLostSync = false
    /// More than this is reported even if it goes on: somebody may be waiting for a word.
    private let maximumSkip: Int

    /// The layout must have no `problem`.
    package init(_ layout: MatLayout) {
        precondition(layout.problem == nil, "not a layout: \(layout.problem ?? "")")
        self.layout = layout
        frameLength = layout.frameLength
        maximumSkip = max(4 * frameLength, 8_192)
        reading = MatReading(rows: layout.rows, columns: layout.columns)
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            // In pieces, so that the buffer stays as small as a few frames.
            let piece = rest.prefix(maximumSkip)
            rest = rest[piece.endIndex...]
            buffer += piece
            while isLocked ? step(emit) : search(emit) {}
            discardConsumed()
        }
    }

    /// Nothing has come for a while, so the mat has finished its frame: a frame that is complete and stands where one
    /// belongs needs no neighbour to be believed. Slow mats are heard a whole frame earlier by this.
    package mutating func pause(_ emit: (MatItem) -> Void) {
        guard isLocked || isAtBeginning, isAvailable(frameLength, at: start), isIntact(at: start),
            endOfText(from: start + frameLength) == buffer.count
        else { return }
        isLocked = true
        decodeFrame(until: buffer.count, emit)
        discardConsumed()
    }

    /// Nothing more will come. What cannot become a frame is refused, and the decoder begins anew.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        pause(emit)
        let rest = buffer.count - start
        if isLocked, rest > 0 {
            counters.reject(.truncated, "the stream ended in the middle of a frame", byteCount: rest, emit)
        } else {
            skip(rest, emit)
            reportSkipped(emit)
        }
        buffer.removeAll(keepingCapacity: true)
        (start, isLocked, isAtBeginning, hasLostSync) = (0, false, true, false)
    }

    private mutating func discardConsumed() {
        let unneeded = start - layout.trailer.count
        if unneeded > 0 {
            buffer.removeSubrange(..<unneeded)
            start -= unneeded
        }
    }
}

/// Frame by frame.
extension FramedMatDecoder {
    /// Takes the frame at `start` if all is well with it and its neighbour. False when more must come first.
    private mutating func step(_ emit: (MatItem) -> Void) -> Bool {
        guard isAvailable(frameLength, at: start) else { return false }
        if isIntact(at: start) {
            switch nextFrame(after: start) {
            case .found(let next):
                decodeFrame(until: next, emit)
                return true
            case .unknown: return false
            case .missing: break
            }
        }
        // One damaged boundary is no loss of step when the next one is in place.
        guard isAvailable(2 * frameLength + layout.confirmationLength, at: start) else { return false }
        if !isInSync(at: start) {
            isLocked = false
            hasLostSync = true
        } else if isIntact(at: start) {
            decodeFrame(until: start + frameLength, emit)
        } else {
            start += frameLength
            counters.reject(.checksum, "the bytes by which a frame is known are wrong", byteCount: frameLength, emit)
        }
        return true
    }

    private mutating func decodeFrame(until next: Int, _ emit: (MatItem) -> Void) {
        let length = next - start
        reading.frame = counter(at: start)
        reading.half = layout.halfOffset.map { buffer[start + $0] }
        let greatest = layout.cells(of: buffer, at: start, into: &reading.cells)
        start = next
        isAtBeginning = false
        if greatest > layout.largestCell {
            counters.reject(.range, "a cell says more than the mat's converter can", byteCount: length, emit)
        } else {
            counters.accept(byteCount: length)
            emit(.frame(reading))
        }
    }
}

/// Losses.
extension FramedMatDecoder {
    mutating func skip(_ count: Int, _ emit: (MatItem) -> Void) {
        guard count > 0 else { return }
        start += count
        skippedBytes += count
        isAtBeginning = false
        while skippedBytes > maximumSkip {
            skippedBytes -= maximumSkip
            hasLostSync = false
            counters.reject(.resynchronised, "nothing in these bytes is a frame", byteCount: maximumSkip, emit)
        }
    }

    /// The search is over.
    mutating func reportSkipped(_ emit: (MatItem) -> Void) {
        let count = skippedBytes
        skippedBytes = 0
        if hasLostSync, count < frameLength {
            counters.reject(.truncated, "a frame has lost some of its bytes", byteCount: count, emit)
        } else if count > 0 {
            counters.reject(
                .resynchronised, "these bytes stand before the first two frames that agree", byteCount: count, emit)
        }
        hasLostSync = false
    }
}
