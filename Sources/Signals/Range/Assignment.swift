/// The cheapest way to give each row one column of its own, or none at a price: the Hungarian method with shortest
/// augmenting paths.
enum Assignment {
    /// - Parameters:
    ///   - cost: by row and column; infinite where the two cannot belong together.
    ///   - alone: what a row costs that gets no column.
    /// - Returns: the column of each row, and what it all costs.
    static func solve(_ cost: [[Double]], alone: [Double]) -> (columns: [Int?], cost: Double) {
        let rows = cost.count
        let columns = cost.first?.count ?? 0
        // Behind the real columns each row has one of its own, which stands for none.
        let width = columns + rows
        let forbidden = 1e9
        func price(_ row: Int, _ column: Int) -> Double {
            if column < columns { return min(cost[row][column], forbidden) }
            return column - columns == row ? alone[row] : forbidden
        }
        var rowPotential = [Double](repeating: 0, count: rows + 1)
        var columnPotential = [Double](repeating: 0, count: width + 1)
        // Counted from 1; 0 is nobody.
        var owner = [Int](repeating: 0, count: width + 1)
        for row in 0..<rows {
            owner[0] = row + 1
            var column = 0
            var least = [Double](repeating: .infinity, count: width + 1)
            var previous = [Int](repeating: 0, count: width + 1)
            var isDone = [Bool](repeating: false, count: width + 1)
            repeat {
                isDone[column] = true
                let current = owner[column]
                var step = Double.infinity
                var next = 0
                for candidate in 1...width where !isDone[candidate] {
                    let reduced =
                        price(current - 1, candidate - 1) - rowPotential[current] - columnPotential[candidate]
                    if reduced < least[candidate] { (least[candidate], previous[candidate]) = (reduced, column) }
                    if least[candidate] < step { (step, next) = (least[candidate], candidate) }
                }
                for candidate in 0...width {
                    if isDone[candidate] {
                        rowPotential[owner[candidate]] += step
                        columnPotential[candidate] -= step
                    } else {
                        least[candidate] -= step
                    }
                }
                column = next
            } while owner[column] != 0
            repeat {
                let before = previous[column]
                owner[column] = owner[before]
                column = before
            } while column != 0
        }
        var result = [Int?](repeating: nil, count: rows)
        var total = 0.0
        for column in 1..<(width + 1) where owner[column] > 0 {
            let row = owner[column] - 1
            total += price(row, column - 1)
            if column <= columns { result[row] = column - 1 }
        }
        return (result, total)
    }
}
