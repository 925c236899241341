import Events
import JSON
import Signals

/// Matrices of clients and frames of workouts.
enum PressureFuzz {
    /// A grid is read as the tree of the same document, or rejected with a reason.
    static func grid(_ input: ArraySlice<UInt8>) throws {
        let limits = JSONLimits(depth: 8, bytes: .max, stringBytes: 64, members: 2_050, numberBytes: 64)
        let grid: JSONGrid
        do throws(JSONGridError) {
            grid = try JSONGrid(input, maximumCells: 1_024)
        } catch {
            guard case .invalid(let error) = error else { return }
            return try JSONTreeFuzz.checkPosition(error, in: input)
        }
        try require(grid.cells.count == grid.rows * grid.columns, "\(grid.cells.count) cells")
        try require(grid.cells.allSatisfy(\.isFinite), "a cell is not finite")
        try compare(grid, with: try JSONValue(parsing: input, limits: limits))
    }

    private static func compare(_ grid: JSONGrid, with tree: JSONValue) throws {
        let rows = tree.arrayValue ?? []
        try require(rows.count == grid.rows, "\(grid.rows) rows of \(rows.count)")
        for (index, cell) in rows.flatMap({ $0.arrayValue ?? [] }).enumerated() {
            guard let number = cell.doubleValue else { continue }
            try require(grid.cells[index] == number, "\(grid.cells[index]) read from \(number)")
        }
    }

    /// Frames survive being written and read again.
    static func frames(_ input: ArraySlice<UInt8>) throws {
        guard let frames = try? decode(Array(input)) else { return }
        var encoder = WorkoutFrameEncoder(after: nil)
        for frame in frames { encoder.append(frame) }
        try require(encoder.count == frames.count, "\(encoder.count) frames")
        let again = try decode(encoder.bytes)
        // NaN differs from itself.
        try require("\(again)" == "\(frames)", "the frames differ")
    }

    private static func decode(_ bytes: [UInt8]) throws -> [WorkoutFrame] {
        var decoder = try WorkoutFrameDecoder(bytes)
        var frames: [WorkoutFrame] = []
        while let frame = try decoder.next() { frames.append(frame) }
        return frames
    }
}
