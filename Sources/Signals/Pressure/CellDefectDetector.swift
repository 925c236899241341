import Events

/// Finds the cells of a mat that have failed, by what their neighbours say: a dead one feels nothing while all around it
/// is pressed, a stuck one is pressed while nothing around it is. A single contradiction may be a toe; many, without the
/// cell ever having agreed in between, are a fault.
package struct CellDefectDetector: Sendable {
    package enum Defect: String, Hashable, Sendable, CaseIterable {
        case dead, stuck
    }

    package struct Finding: Hashable, Sendable {
        package let row: Int
        package let column: Int
        /// Nil when the cell works again.
        package let fault: Defect?
    }

    /// How many frames must contradict.
    package static let contradictions: UInt8 = 100
    static let rest = 1.0
    static let pressed = 20.0

    private var rows = 0
    private var columns = 0
    private var counts: [Defect: [UInt8]] = [:]
    /// The cells that are known to have failed, by their place.
    package private(set) var defects: [Int: Defect] = [:]

    package init() {}

    /// Takes a frame as the mat sent it, and tells what is new.
    package mutating func receive(rows: Int, columns: Int, cells: [Double]) -> [Finding] {
        guard rows * columns == cells.count else { return [] }
        if rows != self.rows || columns != self.columns { begin(rows, columns) }
        var findings: [Finding] = []
        check(.dead, in: cells, &findings) {
            $0 <= Self.rest
        } contradictedBy: {
            $0 >= Self.pressed
        }
        check(.stuck, in: cells, &findings) {
            $0 >= Self.pressed
        } contradictedBy: {
            $0 <= Self.rest
        }
        return findings
    }

    private mutating func begin(_ rows: Int, _ columns: Int) {
        self = Self()
        (self.rows, self.columns) = (rows, columns)
        for fault in Defect.allCases { counts[fault] = [UInt8](repeating: 0, count: rows * columns) }
    }

    private mutating func check(
        _ fault: Defect, in cells: [Double], _ findings: inout [Finding], showsDefect: (Double) -> Bool,
        contradictedBy: (Double) -> Bool
    ) {
        guard var counts = counts.removeValue(forKey: fault) else { return }
        defer { self.counts[fault] = counts }
        for place in cells.indices where cells[place] >= 0 {
            if !showsDefect(cells[place]) {
                counts[place] = 0
                if defects[place] == fault {
                    defects[place] = nil
                    findings.append(finding(place, nil))
                }
            } else if counts[place] < Self.contradictions, neighbours(of: place, in: cells, all: contradictedBy) {
                counts[place] += 1
                if counts[place] == Self.contradictions {
                    defects[place] = fault
                    findings.append(finding(place, fault))
                }
            }
        }
    }

    /// Whether there are at least two neighbours, and all of them are like that.
    private func neighbours(of place: Int, in cells: [Double], all: (Double) -> Bool) -> Bool {
        let (row, column) = (place / columns, place % columns)
        var count = 0
        func agrees(_ isInside: Bool, _ neighbour: Int) -> Bool {
            guard isInside, cells[neighbour] >= 0 else { return true }
            count += 1
            return all(cells[neighbour])
        }
        return agrees(row > 0, place - columns) && agrees(row + 1 < rows, place + columns)
            && agrees(column > 0, place - 1) && agrees(column + 1 < columns, place + 1) && count >= 2
    }

    private func finding(_ place: Int, _ fault: Defect?) -> Finding {
        Finding(row: place / columns, column: place % columns, fault: fault)
    }
}
