import Events

/// Subtracts what an unloaded mat shows: its own weight, folds, cells that never reach zero.
///
/// While it learns, frames pass unchanged. The rest value of a cell is its minimum; a cell that is under high pressure
/// all the time is assumed to be loaded and is not tared.
package struct PressureTare: Sendable {
    /// A higher minimum means that the cell is loaded.
    package static let maximumRest = 30.0

    private var framesLeft: Int
    private var rest: [Double] = []
    /// The rest values before the latest tare, while it can be undone.
    private var previous: [Double]?

    /// 0 frames: no taring.
    package init(frames: Int) {
        framesLeft = max(0, frames)
    }

    package var isLearning: Bool { framesLeft > 0 }

    /// Learns from the next frames instead of what was learned, which `undo` restores.
    package mutating func begin(frames: Int) {
        // What an unfinished tare has learned is not worth restoring.
        let former = isLearning ? previous ?? [] : rest
        self = Self(frames: frames)
        previous = former
    }

    /// Restores what was learned before the latest tare. Returns false if there is nothing to restore.
    package mutating func undo() -> Bool {
        guard let previous else { return false }
        (framesLeft, rest, self.previous) = (0, previous, nil)
        return true
    }

    /// Learns from a frame, or subtracts the rest values from it.
    package mutating func apply(to cells: inout [Double]) {
        if framesLeft > 0 {
            learn(from: cells)
        } else if rest.count == cells.count {
            for index in cells.indices where cells[index] > 0 && rest[index] > 0 {
                // Scaled so that full pressure stays full pressure.
                cells[index] = max(0, cells[index] - rest[index]) * 100 / (100 - rest[index])
            }
        }
    }

    private mutating func learn(from cells: [Double]) {
        if rest.count != cells.count {
            rest = cells
        } else {
            for index in cells.indices { rest[index] = min(rest[index], cells[index]) }
        }
        framesLeft -= 1
        guard framesLeft == 0 else { return }
        for index in rest.indices where rest[index] > Self.maximumRest { rest[index] = 0 }
    }
}

/// Finds defective cells of a mat by comparison with their neighbours: a dead cell reads zero while all neighbours are
/// pressed, a stuck one is pressed while no neighbour is. A single contradiction may be a toe; many, without agreement
/// in between, indicate a defect.
package struct CellDefectDetector: Sendable {
    package enum Defect: String, Hashable, Sendable, CaseIterable {
        case dead, stuck
    }

    package struct Finding: Hashable, Sendable {
        package let row: Int
        package let column: Int
        /// Nil if the cell works again.
        package let defect: Defect?
    }

    /// Number of contradicting frames until a cell is reported.
    package static let contradictions: UInt8 = 100
    static let rest = 1.0
    static let pressed = 20.0

    private var rows = 0
    private var columns = 0
    private var counts: [Defect: [UInt8]] = [:]
    /// The defective cells, by index.
    package private(set) var defects: [Int: Defect] = [:]

    package init() {}

    /// Processes a raw frame and returns new findings.
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
        for defect in Defect.allCases { counts[defect] = [UInt8](repeating: 0, count: rows * columns) }
    }

    private mutating func check(
        _ defect: Defect, in cells: [Double], _ findings: inout [Finding], showsDefect: (Double) -> Bool,
        contradictedBy: (Double) -> Bool
    ) {
        guard var counts = counts.removeValue(forKey: defect) else { return }
        defer { self.counts[defect] = counts }
        for index in cells.indices where cells[index] >= 0 {
            if !showsDefect(cells[index]) {
                counts[index] = 0
                if defects[index] == defect {
                    defects[index] = nil
                    findings.append(finding(index, nil))
                }
            } else if counts[index] < Self.contradictions, neighbours(of: index, in: cells, all: contradictedBy) {
                counts[index] += 1
                if counts[index] == Self.contradictions {
                    defects[index] = defect
                    findings.append(finding(index, defect))
                }
            }
        }
    }

    /// Whether there are at least two neighbours and all satisfy the predicate.
    private func neighbours(of index: Int, in cells: [Double], all: (Double) -> Bool) -> Bool {
        let (row, column) = (index / columns, index % columns)
        var count = 0
        func agrees(_ isInside: Bool, _ neighbour: Int) -> Bool {
            guard isInside, cells[neighbour] >= 0 else { return true }
            count += 1
            return all(cells[neighbour])
        }
        return agrees(row > 0, index - columns) && agrees(row + 1 < rows, index + columns)
            && agrees(column > 0, index - 1) && agrees(column + 1 < columns, index + 1) && count >= 2
    }

    private func finding(_ index: Int, _ defect: Defect?) -> Finding {
        Finding(row: index / columns, column: index % columns, defect: defect)
    }
}
