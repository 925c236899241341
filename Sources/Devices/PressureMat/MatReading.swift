import Clocks

/// One frame of a pressure mat: a grid of pressures, row by row.
package struct MatReading: Hashable, Sendable {
    package internal(set) var rows: Int
    package internal(set) var columns: Int
    /// The mat's own count of frames, which wraps; nil when it does not count.
    package internal(set) var frame: Int?
    /// By the mat's own clock, which begins when it is switched on; nil when it has none.
    package internal(set) var time: Nanoseconds?
    /// Which half of every row this is, in the mat's words; nil when it is all of it.
    var half: UInt8?
    /// 0...100, and more is more pressure; `MatReading.noSensor` where the grid has no sensor. There are
    /// `rows * columns` of them.
    package internal(set) var cells: [Double]

    package static let noSensor = -1.0
    /// The longest side of a mat.
    package static let longestSide = 64

    init(rows: Int = 0, columns: Int = 0) {
        self.rows = rows
        self.columns = columns
        cells = [Double](repeating: 0, count: rows * columns)
    }
}

/// What a mat's decoder finds in the bytes.
package enum MatItem: Hashable, Sendable {
    /// The decoder uses the reading's memory again for the next frame. Whoever keeps the reading loses nothing: then
    /// the next frame gets memory of its own.
    case frame(MatReading)
    case rejected(DecoderReject)
}

extension DecoderCounters {
    /// Counts what is refused, and says it.
    mutating func reject(
        _ reason: DecoderReject.Reason, _ detail: String, byteCount: Int, _ emit: (MatItem) -> Void
    ) {
        let reject = DecoderReject(reason, detail, byteCount: byteCount)
        self.reject(reject)
        emit(.rejected(reject))
    }
}
