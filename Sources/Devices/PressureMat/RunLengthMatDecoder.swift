/// Decodes mats that run-length encode cells at rest: 0 and a count from 1 to 254 for that many cells at rest, 1 to 254
/// for one cell under pressure, 255 for the end of the frame.
///
/// The end of a frame is unambiguous, but a truncated frame may have as many cells as a complete one, so the first of
/// two is held back until the second has arrived.
package struct RunLengthMatDecoder: Sendable {
    package private(set) var counters = DecoderCounters()
    private let rows: Int
    private let columns: Int
    private let scale: MatScale
    private var reading: MatReading
    /// A complete frame that has not been confirmed, and its length in bytes.
    private var held: MatReading
    private var heldBytes: Int?
    private var isLocked = false

    /// The cells and bytes of the current frame.
    private var cellCount = 0
    private var byteCount = 0
    private var isCountingRest = false
    private var isDamaged = false

    /// The largest value of a cell.
    package static let maximumCellValue = 254
    private static let end: UInt8 = 255

    package init(rows: Int, columns: Int, scale: MatScale? = nil) {
        let sides = 1...MatReading.longestSide
        precondition(sides.contains(rows) && sides.contains(columns), "a side must have 1 to 64 cells")
        self.rows = rows
        self.columns = columns
        self.scale = scale ?? .counts(to: Self.maximumCellValue)
        reading = MatReading(rows: rows, columns: columns)
        held = reading
    }

    package mutating func feed(_ bytes: ArraySlice<UInt8>, _ emit: (MatItem) -> Void) {
        for byte in bytes {
            byteCount += 1
            if byte == Self.end {
                endFrame(emit)
            } else if isDamaged {
                if byteCount > maximumRejectBytes { reject(emit) }
            } else if isCountingRest {
                isCountingRest = false
                add(Int(byte), at: 0)
            } else if byte == 0 {
                isCountingRest = true
            } else {
                add(1, at: Double(byte))
            }
        }
    }

    /// Ends the stream: rejects what is incomplete or unconfirmed and resets the decoder.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        dropHeld(emit)
        if byteCount > 0 {
            counters.reject(.truncated, "stream ended inside a frame", byteCount: byteCount, emit)
        }
        isLocked = false
        beginFrame()
    }

    /// Two bytes per cell exceed any frame; noise without end is reported in blocks of this size.
    private var maximumRejectBytes: Int { max(8_192, 2 * rows * columns) }

    private mutating func add(_ count: Int, at raw: Double) {
        guard count > 0, cellCount + count <= rows * columns else {
            isDamaged = true
            return
        }
        let value = scale.percent(raw)
        for index in cellCount..<cellCount + count { reading.cells[index] = value }
        cellCount += count
    }

    private mutating func endFrame(_ emit: (MatItem) -> Void) {
        guard !isDamaged, !isCountingRest, cellCount == rows * columns else { return reject(emit) }
        if !isLocked, heldBytes == nil {
            swap(&held, &reading)
            heldBytes = byteCount
        } else {
            if let heldBytes {
                counters.accept(byteCount: heldBytes)
                emit(.frame(held))
            }
            heldBytes = nil
            isLocked = true
            counters.accept(byteCount: byteCount)
            emit(.frame(reading))
        }
        beginFrame()
    }

    /// Rejects the bytes since the last end of a frame.
    private mutating func reject(_ emit: (MatItem) -> Void) {
        dropHeld(emit)
        if isLocked {
            counters.reject(.length, "frame with a wrong number of cells", byteCount: byteCount, emit)
        } else {
            let detail = "bytes before the first two consistent frames"
            counters.reject(.resynchronised, detail, byteCount: byteCount, emit)
        }
        isLocked = false
        beginFrame()
    }

    private mutating func dropHeld(_ emit: (MatItem) -> Void) {
        guard let heldBytes else { return }
        self.heldBytes = nil
        counters.reject(.resynchronised, "frame not confirmed by the next one", byteCount: heldBytes, emit)
    }

    private mutating func beginFrame() {
        (cellCount, byteCount, isCountingRest, isDamaged) = (0, 0, false, false)
    }
}
