/// Holds back the first frame of a size until a second one confirms it: a frame that lost its beginning or a row is
/// smaller than the mat, and nothing else reveals that.
struct MatSizeConfirmation: Sendable {
    /// The size of the latest frame; nil before the first one.
    private(set) var rows: Int?
    private(set) var columns = 0
    /// Whether two consecutive frames had this size.
    private(set) var isConfirmed = false
    private var held = MatReading()
    private var heldBytes = 0
    private var isHolding = false

    /// - Parameter rows: nil unless the size is known.
    init(rows: Int? = nil, columns: Int = 0) {
        self.rows = rows
        self.columns = columns
        isConfirmed = rows != nil
    }

    /// Emits the frames that are confirmed. A frame that is held back is swapped with `reading`, which then holds
    /// memory for the next.
    mutating func receive(
        _ reading: inout MatReading, byteCount: Int, _ counters: inout DecoderCounters, _ emit: (MatItem) -> Void
    ) {
        if rows == reading.rows, columns == reading.columns {
            release(&counters, emit)
            isConfirmed = true
            counters.accept(byteCount: byteCount)
            emit(.frame(reading))
            return
        }
        dropHeld(&counters, emit)
        (rows, columns) = (reading.rows, reading.columns)
        isConfirmed = false
        swap(&held, &reading)
        heldBytes = byteCount
        isHolding = true
    }

    /// Rejects the held frame because something else followed.
    mutating func dropHeld(_ counters: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        guard isHolding else { return }
        isHolding = false
        rows = nil
        counters.reject(.resynchronised, "frame not confirmed by the next one", byteCount: heldBytes, emit)
    }

    private mutating func release(_ counters: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        guard isHolding else { return }
        isHolding = false
        counters.accept(byteCount: heldBytes)
        emit(.frame(held))
    }
}

/// The sizes of existing mats, for protocols that do not transmit the size.
enum MatSizes {
    private static let oblong: [(rows: Int, columns: Int)] = [(12, 8), (13, 9), (28, 56), (56, 19), (32, 64)]

    /// The only size with so many cells; nil if there is none.
    static func size(ofCells count: Int) -> (rows: Int, columns: Int)? {
        if let size = oblong.first(where: { $0.rows * $0.columns == count }) { return size }
        for side in 8...MatReading.longestSide where side * side == count { return (side, side) }
        return nil
    }
}
