/// Decodes mats that run-length encode cells at rest: 0 and a count from 1 to 254 for that many cells at rest, 1 to 254
/// for one cell under pressure, 255 for the end of the frame.
///
/// Noise rarely forms a frame with the right number of cells, and hardly ever two: the first frame is held back until a
/// second one has arrived. From then on each frame counts by itself.
package struct RunLengthMatDecoder: Sendable {
    package private(set) var counters = DecoderCounters()
    private let rows: Int
    private let columns: Int
    private let scale: MatScale
    /// Has cells from the first frame on.
    private var reading = MatReading()
    /// A complete frame that has not been confirmed, and its length in bytes.
    private var held = MatReading()
    private var heldBytes: Int?
    private var isLocked = false
    private var consecutiveRejects = 0

    /// The cells of the current frame, or of two without an end between them.
    private var cells: [Double] = []
    private var byteCount = 0
    private var isCountingRest = false
    private var isDamaged = false

    /// The largest value of a cell.
    package static let maximumCellValue = 254
    static let end: UInt8 = 255
    /// So many consecutive damaged frames indicate another stream; then two frames have to agree again.
    private static let maximumConsecutiveRejects = 8

    package init(rows: Int, columns: Int, scale: MatScale? = nil) {
        let sides = 1...MatReading.longestSide
        precondition(sides.contains(rows) && sides.contains(columns), "a side must have 1 to 64 cells")
        self.rows = rows
        self.columns = columns
        self.scale = scale ?? .counts(to: Self.maximumCellValue)
    }

    private var cellsPerFrame: Int { rows * columns }

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

    /// Ends the stream: accepts a frame that waited for its confirmation, rejects what is incomplete, and resets the
    /// decoder.
    package mutating func finish(_ emit: (MatItem) -> Void) {
        acceptHeld(emit)
        if byteCount > 0 {
            counters.reject(.truncated, "stream ended inside a frame", byteCount: byteCount, emit)
        }
        (isLocked, consecutiveRejects) = (false, 0)
        beginFrame()
    }

    /// Two bytes per cell exceed any frame; noise without end is reported in blocks of this size.
    private var maximumRejectBytes: Int { max(8_192, 4 * cellsPerFrame) }

    private mutating func add(_ count: Int, at raw: Double) {
        guard count > 0, cells.count + count <= 2 * cellsPerFrame + 1 else {
            isDamaged = true
            return
        }
        cells.append(contentsOf: repeatElement(scale.percent(raw), count: count))
    }

    private mutating func endFrame(_ emit: (MatItem) -> Void) {
        guard !isDamaged, !isCountingRest else { return reject(emit) }
        if cells.count == cellsPerFrame {
            acceptFrame(from: 0, byteCount: byteCount, emit)
        } else if isLocked, cells.count == 2 * cellsPerFrame || cells.count == 2 * cellsPerFrame + 1 {
            // Two whole frames: only the end of the first was lost, or became another byte.
            let firstBytes = byteCount / 2
            acceptFrame(from: 0, byteCount: firstBytes, emit)
            acceptFrame(from: cells.count - cellsPerFrame, byteCount: byteCount - firstBytes, emit)
        } else {
            return reject(emit)
        }
        consecutiveRejects = 0
        beginFrame()
    }

    private mutating func acceptFrame(from first: Int, byteCount: Int, _ emit: (MatItem) -> Void) {
        if reading.cells.isEmpty { reading = MatReading(rows: rows, columns: columns) }
        for index in 0..<cellsPerFrame { reading.cells[index] = cells[first + index] }
        if !isLocked, heldBytes == nil {
            swap(&held, &reading)
            heldBytes = byteCount
            return
        }
        acceptHeld(emit)
        isLocked = true
        counters.accept(byteCount: byteCount)
        emit(.frame(reading))
    }

    private mutating func acceptHeld(_ emit: (MatItem) -> Void) {
        guard let byteCount = heldBytes.take() else { return }
        counters.accept(byteCount: byteCount)
        emit(.frame(held))
    }

    /// Rejects the bytes since the last end of a frame.
    private mutating func reject(_ emit: (MatItem) -> Void) {
        consecutiveRejects += 1
        if isLocked {
            counters.reject(.length, "frame with a wrong number of cells", byteCount: byteCount, emit)
            if consecutiveRejects == Self.maximumConsecutiveRejects { isLocked = false }
        } else {
            // A held frame outlasts one damaged frame.
            if consecutiveRejects > 1 { dropHeld(emit) }
            let detail = "bytes before the first two consistent frames"
            counters.reject(.resynchronised, detail, byteCount: byteCount, emit)
        }
        beginFrame()
    }

    private mutating func dropHeld(_ emit: (MatItem) -> Void) {
        guard let byteCount = heldBytes.take() else { return }
        counters.reject(.resynchronised, "frame not confirmed by another one", byteCount: byteCount, emit)
    }

    private mutating func beginFrame() {
        cells.removeAll(keepingCapacity: true)
        (byteCount, isCountingRest, isDamaged) = (0, false, false)
    }
}
