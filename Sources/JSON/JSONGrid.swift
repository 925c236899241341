/// A grid of numbers, read from an array of rows of equal length without building a tree: frames of sensors arrive a
/// thousand times a second.
///
/// As in Python's `float`, a string that holds a number counts as that number, and a boolean as one or zero.
package struct JSONGrid: Hashable, Sendable {
    package let rows: Int
    package let columns: Int
    /// Row by row.
    package let cells: [Double]

    package init(_ json: ArraySlice<UInt8>, maximumCells: Int) throws(JSONGridError) {
        let result = json.withJSONBytes { bytes in
            var reader = JSONGridReader(bytes, maximumCells: maximumCells)
            return Result { () throws(JSONGridError) in try reader.read() }
        }
        (rows, columns, cells) = try result.get()
    }
}

/// Why a document is not a grid of numbers. Rows and columns count from 1.
package enum JSONGridError: Error, Hashable, Sendable {
    case invalid(JSONError)
    /// A number, a string or an object instead of an array.
    case notAnArray
    /// There are no rows, or the rows are empty.
    case empty
    /// A value where a row is expected.
    case flat
    /// An array where a cell is expected.
    case nested(row: Int, column: Int)
    /// A row that is not as long as the first.
    case ragged(row: Int)
    case missing(row: Int, column: Int)
    case notANumber(row: Int, column: Int)
    case tooManyCells
}

private struct JSONGridReader: ~Copyable {
    private let bytes: JSONBytes
    private let maximumCells: Int
    private var cursor: JSONCursor
    private var cells: [Double] = []
    private var rows = 0
    private var columns = 0

    private static let opening = UInt8(ascii: "[")
    private static let closing = UInt8(ascii: "]")

    init(_ bytes: JSONBytes, maximumCells: Int) {
        self.bytes = bytes
        self.maximumCells = maximumCells
        // A row counts as an element too.
        let limits = JSONLimits(
            depth: 8, bytes: .max, stringBytes: 64, members: 2 * maximumCells + 2, numberBytes: 64)
        cursor = JSONCursor(bytes, base: 0, limits: limits)
    }

    mutating func read() throws(JSONGridError) -> (rows: Int, columns: Int, cells: [Double]) {
        do {
            try cursor.start()
            guard cursor.current == Self.opening else {
                _ = try cursor.readValue(depth: 0)
                throw JSONGridError.notAnArray
            }
            guard try cursor.enter(depth: 0, closing: Self.closing) else { throw JSONGridError.empty }
            repeat { try readRow() } while try cursor.advanceToNext(closing: Self.closing)
            try cursor.finish()
        } catch let error as JSONGridError {
            throw error
        } catch let error as JSONError {
            throw error.reason == .tooManyMembers ? .tooManyCells : .invalid(error)
        } catch {
            preconditionFailure("JSON reports its own errors only")
        }
        guard columns > 0 else { throw .empty }
        return (rows, columns, cells)
    }

    private mutating func readRow() throws {
        guard cursor.current == Self.opening else {
            _ = try cursor.readValue(depth: 1)
            throw JSONGridError.flat
        }
        rows += 1
        var count = 0
        if try cursor.enter(depth: 1, closing: Self.closing) {
            repeat {
                count += 1
                cells.append(try readCell(count))
                guard cells.count <= maximumCells else { throw JSONGridError.tooManyCells }
            } while try cursor.advanceToNext(closing: Self.closing)
        }
        if rows == 1 { columns = count }
        guard count == columns else { throw JSONGridError.ragged(row: rows) }
    }

    private mutating func readCell(_ column: Int) throws -> Double {
        let token = try cursor.readValue(depth: 2)
        switch token.kind {
        case .integer, .fraction: return JSONNumber.double(token.range, in: bytes)
        case .boolean: return bytes[token.range.lowerBound] == UInt8(ascii: "t") ? 1 : 0
        case .null: throw JSONGridError.missing(row: rows, column: column)
        case .array: throw JSONGridError.nested(row: rows, column: column)
        case .object: throw JSONGridError.notANumber(row: rows, column: column)
        case .string:
            let text = String(decoding: bytes[token.content], as: UTF8.self)
            guard !token.isEscaped, let value = Double(text), value.isFinite else {
                throw JSONGridError.notANumber(row: rows, column: column)
            }
            return value
        }
    }
}
