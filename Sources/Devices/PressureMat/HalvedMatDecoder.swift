/// Decodes mats that are too wide for one frame: each picture comes as two frames, the left and the right half of every
/// row, identified by a byte in each.
///
/// Halves are combined only if nothing was lost between them.
package struct HalvedMatDecoder: Sendable {
    private var framed: FramedMatDecoder
    private var halves: MatHalves

    /// - Parameter layout: the layout of one half, with its `halfOffset`.
    package init(_ layout: MatLayout) {
        precondition(layout.halfOffset != nil, "the layout lacks a halfOffset")
        framed = FramedMatDecoder(layout)
        halves = MatHalves(layout)
    }

    package var counters: DecoderCounters { halves.counters }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        framed.feed(bytes) { halves.receive($0, emit) }
    }

    /// Call when no bytes have arrived for a while.
    package mutating func pause(_ emit: (MatItem) -> Void) {
        framed.pause { halves.receive($0, emit) }
    }

    /// Ends the stream.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        framed.finish { halves.receive($0, emit) }
        halves.dropLeftHalf(emit)
    }
}

/// A left half that waits for its right half, and the counters of both.
private struct MatHalves: Sendable {
    private(set) var counters = DecoderCounters()
    /// Has cells from the first half on.
    private var reading = MatReading()
    private var hasLeftHalf = false
    private let byteCount: Int

    private static let left: UInt8 = 0
    private static let right: UInt8 = 1

    init(_ layout: MatLayout) {
        byteCount = layout.frameLength
    }

    mutating func receive(_ item: MatItem, _ emit: (MatItem) -> Void) {
        switch item {
        case .rejected(let reject):
            dropLeftHalf(emit)
            counters.reject(reject)
            emit(item)
        case .frame(let half):
            switch half.half {
            case Self.left:
                dropLeftHalf(emit)
                insert(half, atColumn: 0)
                hasLeftHalf = true
            case Self.right:
                guard hasLeftHalf else { return reject(.truncated, "left half of a frame missing", emit) }
                insert(half, atColumn: half.columns)
                hasLeftHalf = false
                counters.accept(byteCount: 2 * byteCount)
                emit(.frame(reading))
            default:
                dropLeftHalf(emit)
                reject(.range, "half that is neither left nor right", emit)
            }
        }
    }

    /// Rejects a left half whose right half is missing.
    mutating func dropLeftHalf(_ emit: (MatItem) -> Void) {
        guard hasLeftHalf else { return }
        hasLeftHalf = false
        reject(.truncated, "right half of a frame missing", emit)
    }

    private mutating func insert(_ half: MatReading, atColumn column: Int) {
        if reading.cells.isEmpty { reading = MatReading(rows: half.rows, columns: 2 * half.columns) }
        for row in 0..<half.rows {
            let (source, target) = (row * half.columns, row * reading.columns + column)
            for index in 0..<half.columns { reading.cells[target + index] = half.cells[source + index] }
        }
    }

    private mutating func reject(_ reason: DecoderReject.Reason, _ detail: String, _ emit: (MatItem) -> Void) {
        counters.reject(reason, detail, byteCount: byteCount, emit)
    }
}
