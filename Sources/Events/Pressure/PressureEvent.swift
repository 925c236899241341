/// One frame of a pressure mat or insole.
package struct PressureEvent: Hashable, Sendable {
    package let mat: DeviceID
    /// The device's own count of frames, which wraps; nil when it does not count.
    package let frame: Int?
    package let matrix: PressureMatrix

    package init(mat: DeviceID, frame: Int?, matrix: PressureMatrix) {
        self.mat = mat
        self.frame = frame
        self.matrix = matrix
    }
}

/// A grid of pressures, row by row. Each cell is 0...100, more is more pressure; where the grid has no sensor it is
/// `PressureMatrix.noSensor`.
package struct PressureMatrix: Hashable, Sendable {
    package let rows: Int
    package let columns: Int
    package let cells: [Double]

    package static let noSensor = -1.0

    /// Nil when there are not `rows * columns` cells.
    package init?(rows: Int, columns: Int, cells: [Double]) {
        guard rows >= 0, columns >= 0, rows.multipliedReportingOverflow(by: columns) == (cells.count, false) else {
            return nil
        }
        self.rows = rows
        self.columns = columns
        self.cells = cells
    }

    package subscript(row: Int, column: Int) -> Double {
        cells[row * columns + column]
    }
}
