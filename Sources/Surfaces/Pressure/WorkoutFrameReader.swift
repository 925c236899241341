import Devices
import Signals
import Store

/// A stored frame with its number and with its statistics, which are computed when it is read.
struct WorkoutFrameView: Sendable {
    let number: Int64
    let frame: WorkoutFrame
    /// Nil without a matrix, and when the client has reported its own.
    let raw: PressureStatistics?
    let smoothed: PressureStatistics?
}

/// Reads the frames of stored rows, one after the other.
struct WorkoutFrameReader: Sendable {
    private let tables: PressureRegionTables
    private var calculator: PressureStatisticsCalculator
    private var smoothing = StatisticsSmoothing()
    private var decoder: WorkoutFrameDecoder?
    private var number: Int64 = 0
    private var rows: ArraySlice<StoredFrames> = []
    /// Frames before this one are skipped.
    private var first: Int64

    init(from first: Int64, _ tables: PressureRegionTables, ignoresMissingCells: Bool) {
        self.first = first
        self.tables = tables
        calculator = PressureStatisticsCalculator(tables, ignoresMissingCells: ignoresMissingCells)
    }

    /// Where the next rows begin.
    private(set) var nextRow: Int64 = 0

    mutating func add(_ rows: [StoredFrames]) {
        self.rows += rows
        if let last = rows.last { nextRow = last.first + Int64(last.count) }
    }

    /// The next frame; nil when all rows have been read.
    mutating func next() throws(WorkoutFrameDecoder.Damage) -> WorkoutFrameView? {
        while true {
            guard let frame = try decoder?.next() else {
                guard let row = rows.popFirst() else { return nil }
                number = row.first
                let decoder = try WorkoutFrameDecoder(row.bytes)
                self.decoder = decoder
                smoothing = StatisticsSmoothing()
                pending = decoder.smoothed
                continue
            }
            let view = view(frame)
            number += 1
            if view.number >= first { return view }
        }
    }

    /// The smoothed statistics before the row, until a frame says which regions they are of.
    private var pending: [RegionStatistics] = []

    private mutating func view(_ frame: WorkoutFrame) -> WorkoutFrameView {
        if frame.beginsSession {
            smoothing = StatisticsSmoothing()
            pending = []
        }
        guard let matrix = frame.matrix, frame.reported == nil else {
            return WorkoutFrameView(number: number, frame: frame, raw: nil, smoothed: nil)
        }
        let raw = calculator.statistics(of: matrix)
        // With other regions than those that were configured then, smoothing begins again.
        if !pending.isEmpty, pending.count == raw.values.count {
            smoothing = StatisticsSmoothing(after: PressureStatistics(raw.regions, pending))
        }
        pending = []
        return WorkoutFrameView(number: number, frame: frame, raw: raw, smoothed: smoothing.smooth(raw))
    }
}
