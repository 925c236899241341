/// A part of a mat whose statistics are computed together, such as a heel: a rectangle of cells.
package struct PressureRegion: Hashable, Sendable {
    package let name: String
    package let rows: CellSlice
    package let columns: CellSlice

    package init(_ name: String, rows: CellSlice, columns: CellSlice) {
        self.name = name
        self.rows = rows
        self.columns = columns
    }
}

/// Some neighbouring rows or columns, written as in Python: `2:5`, `7:`, `:4` or `:`. The end is excluded, and may lie
/// outside the mat.
package struct CellSlice: Hashable, Sendable {
    package let first: Int
    /// Nil: to the last one.
    package let end: Int?

    /// More rows or columns than any mat has.
    package static let maximum = 1_024

    package init(_ first: Int, _ end: Int? = nil) {
        self.first = first
        self.end = end
    }

    package init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.isEmpty || Self.number($0) != nil }) else { return nil }
        first = Self.number(parts[0]) ?? 0
        end = Self.number(parts[1])
        if let end, end <= first { return nil }
    }

    private static func number(_ text: some StringProtocol) -> Int? {
        guard text.utf8.allSatisfy({ 0x30...0x39 ~= $0 }), let number = Int(text), number <= maximum else { return nil }
        return number
    }

    package var text: String { (first > 0 ? "\(first)" : "") + ":" + (end.map { "\($0)" } ?? "") }

    /// The part of `0..<count` that is in the slice.
    package func indices(in count: Int) -> Range<Int> {
        let end = min(end ?? count, count)
        return min(first, end)..<end
    }
}

/// The regions of a mat, in the order in which they are reported.
package struct PressureRegions: Hashable, Sendable {
    package let all: [PressureRegion]

    package static let maximum = 64

    package init(_ all: [PressureRegion]) {
        self.all = all
    }

    /// The parts of a foot on an insole of 12 × 8 or 13 × 9 cells.
    package static let insole = Self([
        PressureRegion("Toe1", rows: CellSlice(0, 2), columns: CellSlice(0, 3)),
        PressureRegion("Toe2345", rows: CellSlice(0, 2), columns: CellSlice(3)),
        PressureRegion("M1", rows: CellSlice(2, 5), columns: CellSlice(0, 4)),
        PressureRegion("M2", rows: CellSlice(2, 5), columns: CellSlice(4, 5)),
        PressureRegion("M3", rows: CellSlice(2, 5), columns: CellSlice(5, 6)),
        PressureRegion("M4", rows: CellSlice(2, 5), columns: CellSlice(6, 7)),
        PressureRegion("M5", rows: CellSlice(2, 5), columns: CellSlice(7)),
        PressureRegion("Mid Foot", rows: CellSlice(5, 9), columns: CellSlice(0)),
        PressureRegion("Med Heel", rows: CellSlice(9), columns: CellSlice(0, 4)),
        PressureRegion("Lat Heel", rows: CellSlice(9), columns: CellSlice(4)),
    ])
}

/// The regions by the size of the mat. Sizes without regions of their own have those of the insole.
package struct PressureRegionTables: Hashable, Sendable {
    /// One region of mats of one size.
    package struct Rule: Hashable, Sendable {
        package let rows: Int
        package let columns: Int
        package let region: PressureRegion

        package init(rows: Int, columns: Int, region: PressureRegion) {
            self.rows = rows
            self.columns = columns
            self.region = region
        }
    }

    private let tables: [MatSize: PressureRegions]

    package init(_ rules: [Rule] = []) {
        let grouped = Dictionary(grouping: rules) { MatSize($0.rows, $0.columns) }
        tables = grouped.mapValues { PressureRegions($0.map(\.region)) }
    }

    package func regions(rows: Int, columns: Int) -> PressureRegions {
        tables.isEmpty ? .insole : tables[MatSize(rows, columns)] ?? .insole
    }
}
