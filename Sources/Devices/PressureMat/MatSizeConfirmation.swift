/// Holds back the first frame of a size until a second one agrees: a frame whose beginning was missed, or that has lost
/// a row, is shorter than the mat, and nothing else tells.
struct MatSizeConfirmation: Sendable {
    /// The size of the latest frame, once there was one.
    private(set) var rows: Int?
    private(set) var columns = 0
    /// Whether two frames, one behind the other, had this size.
    private(set) var isConfirmed = false
    private var held = MatReading()
    private var heldBytes = 0
    private var isHolding = false

    /// Nothing is known yet, or the size is known from elsewhere.
    init(rows: Int? = nil, columns: Int = 0) {
        self.rows = rows
        self.columns = columns
        isConfirmed = rows != nil
    }

    /// Passes on what may be passed on. A frame that is held back takes the place of the one in `reading`, which then
    /// holds memory for the next.
    mutating func receive(
        _ reading: inout MatReading, byteCount: Int, _ tally: inout DecoderCounters, _ emit: (MatItem) -> Void
    ) {
        if rows == reading.rows, columns == reading.columns {
            release(&tally, emit)
            isConfirmed = true
            tally.accept(byteCount: byteCount)
            emit(.frame(reading))
            return
        }
        dropHeld(&tally, emit)
        (rows, columns) = (reading.rows, reading.columns)
        isConfirmed = false
        swap(&held, &reading)
        heldBytes = byteCount
        isHolding = true
    }

    /// Something came that fits no size; whoever is waiting for agreement waits for nothing.
    mutating func dropHeld(_ tally: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        guard isHolding else { return }
        isHolding = false
        rows = nil
        tally.reject(.resynchronised, "a frame that the next one does not confirm", byteCount: heldBytes, emit)
    }

    private mutating func release(_ tally: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        guard isHolding else { return }
        isHolding = false
        tally.accept(byteCount: heldBytes)
        emit(.frame(held))
    }
}
