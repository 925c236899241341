/// Decodes mats that send frames of fixed length, described by a layout.
///
/// The few bytes that mark a frame may also occur among the cells. A frame is therefore accepted only if its neighbour
/// is in the right place: two hits, one frame length apart. After that the decoder advances by that length without
/// searching. After damage, one mark where the length puts it is enough; otherwise the decoder reports the bytes it
/// skipped until two hits agree again.
package struct FramedMatDecoder: Sendable {
    package let layout: MatLayout
    package private(set) var counters = DecoderCounters()

    /// Bytes not accounted for, from `start` on, and those before it that a search may look back at.
    var buffer: [UInt8] = []
    var start = 0
    /// Whether a frame is known to begin at `start`.
    var isLocked = false
    /// Whether `start` is the beginning of the stream: a frame may begin there without a predecessor.
    var isAtBeginning = true
    /// Whether the stream has ended, so that nothing else will decide.
    var hasEnded = false
    /// The number of the frame at `start`, if frames are numbered and it is known.
    var expectedCounter: Int?
    let frameLength: Int
    /// Has cells from the first frame on: most decoders only examine an unknown stream, and never see one.
    private var reading = MatReading()
    private var scale: LearntScale

    /// Skipped bytes that have not been reported.
    private var skippedBytes = 0
    /// Whether they were skipped because synchronisation was lost.
    private var hasLostSync = false
    /// Longer runs are reported in blocks of this size.
    private let maximumSkip: Int

    /// Requires a layout without a `problem`.
    package init(_ layout: MatLayout) {
        precondition(layout.problem == nil, "invalid layout: \(layout.problem ?? "")")
        self.layout = layout
        frameLength = layout.frameLength
        maximumSkip = max(4 * frameLength, 8_192)
        scale = LearntScale(layout.scale)
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        var rest = bytes
        while !rest.isEmpty {
            // In chunks, so that the buffer holds only a few frames.
            let piece = rest.prefix(maximumSkip)
            rest = rest[piece.endIndex...]
            buffer += piece
            while isLocked ? step(emit) : search(emit) {}
            discardConsumed()
        }
    }

    /// Call when no bytes have arrived for a while: a complete frame in the right place is then accepted without its
    /// neighbour, which reports slow mats one frame earlier.
    package mutating func pause(_ emit: (MatItem) -> Void) {
        guard isAvailable(frameLength, at: start) else { return }
        if isLocked || isAtBeginning, isIntact(at: start), endOfText(from: start + frameLength) == buffer.count {
            isLocked = true
            decodeFrame(until: buffer.count, emit)
        } else if isLocked || hasLostSync, let last = lastFrame {
            // The bytes before it are of a damaged frame.
            (isLocked, hasLostSync) = (true, true)
            skip(last - start, emit)
            reportSkipped(emit)
            decodeFrame(until: buffer.count, emit)
        }
        discardConsumed()
    }

    /// The frame that ends with the last byte received, if its neighbourhood proves it.
    private var lastFrame: Int? {
        let place = buffer.count - frameLength
        guard place > start, place - start <= frameLength, isIntact(at: place) else { return nil }
        if layout.header.isEmpty {
            let end = place - layout.trailer.count
            return end >= 0 && matches(layout.trailer, at: end) ? place : nil
        }
        guard let counter = counter(at: place), let expectedCounter else { return nil }
        // A few frames may be lost.
        return (1...8).contains((counter - expectedCounter) & 0xFFFF) ? place : nil
    }

    /// Ends the stream: accepts what is whole, rejects what is incomplete, and resets the decoder.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        hasEnded = true
        while isLocked ? step(emit) : search(emit) {}
        let rest = buffer.count - start
        if isLocked, rest > 0 {
            counters.reject(.truncated, "stream ended inside a frame", byteCount: rest, emit)
        } else {
            skip(rest, emit)
            reportSkipped(emit)
        }
        buffer.removeAll(keepingCapacity: true)
        (start, isLocked, isAtBeginning, hasLostSync) = (0, false, true, false)
        (hasEnded, expectedCounter) = (false, nil)
    }

    private mutating func discardConsumed() {
        let unneeded = start - layout.trailer.count
        if unneeded > 0 {
            buffer.removeSubrange(..<unneeded)
            start -= unneeded
        }
    }
}

extension FramedMatDecoder {
    /// Decodes the frame at `start` if it and its neighbour are intact. Returns false when more bytes are needed.
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
        switch frameAfterDamage(at: start) {
        case .unknown: return false
        case .missing:
            isLocked = false
            hasLostSync = true
        case .found:
            if isIntact(at: start) {
                decodeFrame(until: start + frameLength, emit)
            } else {
                start += frameLength
                expectedCounter = expectedCounter.map { ($0 + 1) & 0xFFFF }
                counters.reject(.checksum, "wrong header or trailer", byteCount: frameLength, emit)
            }
        }
        return true
    }

    private mutating func decodeFrame(until next: Int, _ emit: (MatItem) -> Void) {
        let length = next - start
        if reading.cells.isEmpty { reading = MatReading(rows: layout.rows, columns: layout.columns) }
        reading.frame = counter(at: start)
        reading.half = layout.halfOffset.map { buffer[start + $0] }
        let greatest = layout.cells(of: buffer, at: start, by: scale.scale, into: &reading.cells)
        if layout.learnsRange { scale.record(greatest: Double(greatest)) }
        expectedCounter = reading.frame.map { ($0 + 1) & 0xFFFF }
        start = next
        isAtBeginning = false
        if greatest > layout.largestCell {
            counters.reject(.range, "cell value beyond the converter's range", byteCount: length, emit)
        } else {
            counters.accept(byteCount: length)
            emit(.frame(reading))
        }
    }
}

extension FramedMatDecoder {
    mutating func skip(_ count: Int, _ emit: (MatItem) -> Void) {
        guard count > 0 else { return }
        start += count
        skippedBytes += count
        isAtBeginning = false
        while skippedBytes > maximumSkip {
            skippedBytes -= maximumSkip
            hasLostSync = false
            counters.reject(.resynchronised, "no frame found in these bytes", byteCount: maximumSkip, emit)
        }
    }

    /// Reports skipped bytes after the search.
    mutating func reportSkipped(_ emit: (MatItem) -> Void) {
        let count = skippedBytes
        skippedBytes = 0
        if hasLostSync, count < frameLength {
            counters.reject(.truncated, "bytes missing from a frame", byteCount: count, emit)
        } else if count > 0 {
            counters.reject(
                .resynchronised, "bytes before the first two consistent frames", byteCount: count, emit)
        }
        hasLostSync = false
    }
}
