/// The number of rows and columns of a mat.
struct MatSize: Hashable, Sendable {
    let rows: Int
    let columns: Int

    init(_ rows: Int, _ columns: Int) {
        self.rows = rows
        self.columns = columns
    }

    init(of reading: MatReading) {
        self.init(reading.rows, reading.columns)
    }

    var cellCount: Int { rows * columns }
}

/// Finds out the size of a mat whose frames do not state it: a frame that lost its beginning or a row is smaller than
/// the mat, and nothing else reveals that.
///
/// Frames are held back until two of them have the same size. From then on a frame of that size counts by itself, and
/// others are damaged unless several in a row agree on another size.
struct MatSizeConfirmation: Sendable {
    /// Nil until confirmed.
    private(set) var size: MatSize?
    private var held: [(reading: MatReading, byteCount: Int)] = []

    private static let framesToConfirm = 2
    private static let framesToChange = 4
    private static let maximumHeldFrames = 4

    /// The confirmed size, or that of the latest frame.
    var expectedSize: MatSize? { size ?? held.last.map { MatSize(of: $0.reading) } }

    /// The mat has stated its size.
    mutating func set(_ size: MatSize) { self.size = size }

    /// Emits the frames that are confirmed. A frame that is held back takes the memory of `reading`.
    mutating func receive(
        _ reading: inout MatReading, byteCount: Int, _ counters: inout DecoderCounters, _ emit: (MatItem) -> Void
    ) {
        let received = MatSize(of: reading)
        if received == size {
            release(nil, &counters, emit)
            counters.accept(byteCount: byteCount)
            emit(.frame(reading))
            return
        }
        if held.count == Self.maximumHeldFrames { reject(held.removeFirst().byteCount, &counters, emit) }
        held.append((reading, byteCount))
        reading = MatReading()
        let agreeing = held.count { MatSize(of: $0.reading) == received }
        guard agreeing == (size == nil ? Self.framesToConfirm : Self.framesToChange) else { return }
        size = received
        release(received, &counters, emit)
    }

    /// Ends the stream: a held frame counts if it has the size of an existing mat.
    mutating func finish(_ counters: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        let last = held.last.map { MatSize(of: $0.reading) }
        release(size == nil ? last.flatMap { MatSizes.contains($0) ? $0 : nil } : nil, &counters, emit)
        size = nil
    }

    /// Emits the held frames of this size and rejects the others.
    private mutating func release(_ size: MatSize?, _ counters: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        guard !held.isEmpty else { return }
        for (reading, byteCount) in held {
            if MatSize(of: reading) == size {
                counters.accept(byteCount: byteCount)
                emit(.frame(reading))
            } else {
                reject(byteCount, &counters, emit)
            }
        }
        held.removeAll()
    }

    private func reject(_ byteCount: Int, _ counters: inout DecoderCounters, _ emit: (MatItem) -> Void) {
        counters.reject(.resynchronised, "frame of another size than the mat", byteCount: byteCount, emit)
    }
}

/// The sizes of existing mats, for protocols that do not transmit the size.
enum MatSizes {
    private static let oblong = [MatSize(12, 8), MatSize(13, 9), MatSize(56, 28), MatSize(56, 19), MatSize(32, 64)]
    private static let squares = 8...MatReading.longestSide

    /// The only size with so many cells; nil if there is none.
    static func size(ofCells count: Int) -> MatSize? {
        if let size = oblong.first(where: { $0.cellCount == count }) { return size }
        for side in squares where side * side == count { return MatSize(side, side) }
        return nil
    }

    static func contains(_ size: MatSize) -> Bool {
        oblong.contains(size) || size.rows == size.columns && squares.contains(size.rows)
    }
}
