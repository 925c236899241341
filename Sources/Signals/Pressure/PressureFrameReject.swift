import Events
import JSON

/// Why a frame from a client is rejected.
package enum PressureFrameReject: Error, Hashable, Sendable {
    case missingMatrix
    case notAMatrix
    case empty
    case flat
    case threeDimensional(row: Int, column: Int)
    case ragged(row: Int)
    case missingCell(row: Int, column: Int)
    case notANumber(row: Int, column: Int)
    case tooManyCells(maximum: Int)
    case invalidJSON(String)

    /// The label of the counter.
    package var name: String {
        switch self {
        case .missingMatrix: "missing_matrix"
        case .notAMatrix: "not_a_matrix"
        case .empty: "empty_matrix"
        case .flat: "flat_matrix"
        case .threeDimensional: "three_dimensional"
        case .ragged: "ragged_matrix"
        case .missingCell: "missing_cell"
        case .notANumber: "not_a_number"
        case .tooManyCells: "too_many_cells"
        case .invalidJSON: "invalid_json"
        }
    }

    /// The names of all reasons, so that their counters exist from the start.
    package static let names = [
        "missing_matrix", "not_a_matrix", "empty_matrix", "flat_matrix", "three_dimensional", "ragged_matrix",
        "missing_cell", "not_a_number", "too_many_cells", "invalid_json",
    ]

    /// What is wrong, and what to send instead.
    package var message: String {
        switch self {
        case .missingMatrix: "Missing matrix: send an array of rows of numbers."
        case .notAMatrix: "The matrix is not an array: send an array of rows of numbers."
        case .empty: "The matrix has no cells."
        case .flat: "The matrix has values instead of rows: send an array of rows of numbers."
        case .threeDimensional(let row, let column):
            "The cell in row \(row), column \(column) is an array: the matrix must have two dimensions."
        case .ragged(let row): "Row \(row) of the matrix is not as long as the first row."
        case .missingCell(let row, let column):
            "The cell in row \(row), column \(column) is null: send -1 for a cell without a sensor."
        case .notANumber(let row, let column): "The cell in row \(row), column \(column) is not a finite number."
        case .tooManyCells(let maximum): "The matrix has more than \(maximum) cells (pressure.maximum_cells)."
        case .invalidJSON(let detail): "The matrix is not valid JSON: \(detail)."
        }
    }
}

extension PressureMatrix {
    /// Reads the matrix of a client's frame.
    ///
    /// - Parameter json: the text of the value; nil if the frame has none.
    package init(ofClient json: ArraySlice<UInt8>?, maximumCells: Int) throws(PressureFrameReject) {
        guard let json, !json.elementsEqual("null".utf8) else { throw .missingMatrix }
        let grid: JSONGrid
        do throws(JSONGridError) {
            grid = try JSONGrid(json, maximumCells: maximumCells)
        } catch {
            throw PressureFrameReject(error, maximumCells: maximumCells)
        }
        guard let matrix = PressureMatrix(rows: grid.rows, columns: grid.columns, cells: grid.cells) else {
            throw .notAMatrix
        }
        self = matrix
    }
}

extension PressureFrameReject {
    fileprivate init(_ error: JSONGridError, maximumCells: Int) {
        self =
            switch error {
            case .invalid(let error): .invalidJSON(error.description)
            case .notAnArray: .notAMatrix
            case .empty: .empty
            case .flat: .flat
            case .nested(let row, let column): .threeDimensional(row: row, column: column)
            case .ragged(let row): .ragged(row: row)
            case .missing(let row, let column): .missingCell(row: row, column: column)
            case .notANumber(let row, let column): .notANumber(row: row, column: column)
            case .tooManyCells: .tooManyCells(maximum: maximumCells)
            }
    }
}
