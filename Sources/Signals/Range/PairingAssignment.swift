extension ShotPairing.Round {
    /// The pairing of minimum cost. Independent groups of shots and impacts are solved separately.
    func match() -> [ShotPairing.Match] {
        let candidates = shots.indices.map { shot in
            direct.indices.compactMap { impact in cost(shot, impact).map { (impact: impact, cost: $0) } }
        }
        return groups(candidates).flatMap { solve($0, candidates) }
    }

    /// Shots that compete for the same impacts, directly or indirectly.
    private func groups(_ candidates: [[(impact: Int, cost: Double)]]) -> [[Int]] {
        var group = Array(shots.indices)
        func leader(_ shot: Int) -> Int {
            var shot = shot
            while group[shot] != shot { shot = group[shot] }
            return shot
        }
        var claimant: [Int: Int] = [:]
        for shot in shots.indices {
            for (impact, _) in candidates[shot] {
                if let other = claimant[impact] {
                    let (first, second) = (leader(other), leader(shot))
                    group[max(first, second)] = min(first, second)
                } else {
                    claimant[impact] = shot
                }
            }
        }
        let members = Dictionary(grouping: shots.indices.filter { !candidates[$0].isEmpty }, by: leader)
        return members.keys.sorted().compactMap { members[$0] }
    }

    private func solve(_ group: [Int], _ candidates: [[(impact: Int, cost: Double)]]) -> [ShotPairing.Match] {
        let impacts = Array(Set(group.flatMap { candidates[$0].map(\.impact) })).sorted()
        let place = Dictionary(uniqueKeysWithValues: impacts.enumerated().map { ($0.element, $0.offset) })
        var cost = [[Double]](
            repeating: [Double](repeating: .infinity, count: impacts.count), count: group.count)
        for (row, shot) in group.enumerated() {
            for (impact, price) in candidates[shot] {
                if let column = place[impact] { cost[row][column] = price }
            }
        }
        let alone = [Double](repeating: Self.unpairedCost, count: group.count)
        let best = Assignment.solve(cost, alone: alone)
        return best.columns.enumerated().compactMap { row, column in
            guard let column else { return nil }
            let (shot, impact) = (group[row], impacts[column])
            return ShotPairing.Match(
                shot: shot, impact: impact, margin: margin(row, column, cost, alone, best),
                isLate: isLate(shot, impact))
        }
    }

    /// How much more the best pairing without this pair costs. In a large group only neighbours are reassigned; the
    /// rest stays fixed.
    private func margin(
        _ row: Int, _ column: Int, _ cost: [[Double]], _ alone: [Double], _ best: (columns: [Int?], cost: Double)
    ) -> Double {
        let rows = max(0, row - Self.neighbours)..<min(cost.count, row + Self.neighbours + 1)
        let taken = Set(best.columns.enumerated().compactMap { rows.contains($0.offset) ? nil : $0.element })
        let columns = best.columns.isEmpty ? [] : cost[row].indices.filter { !taken.contains($0) }
        var part = rows.map { row in columns.map { cost[row][$0] } }
        let present = rows.reduce(0) { $0 + (best.columns[$1].map { [row = $1] in cost[row][$0] } ?? alone[$1]) }
        guard let place = columns.firstIndex(of: column) else { return 0 }
        part[row - rows.lowerBound][place] = .infinity
        return Assignment.solve(part, alone: Array(alone[rows])).cost - present
    }

    private static let neighbours = 8
}

/// Minimum-cost assignment of rows to columns, or to none at a price: the Hungarian method with shortest augmenting
/// paths.
enum Assignment {
    /// - Parameters:
    ///   - cost: by row and column; infinite if the pair is impossible.
    ///   - alone: the cost of leaving a row unassigned.
    /// - Returns: the column of each row, and the total cost.
    static func solve(_ cost: [[Double]], alone: [Double]) -> (columns: [Int?], cost: Double) {
        let rows = cost.count
        let columns = cost.first?.count ?? 0
        // After the real columns, each row has one of its own that stands for "unassigned".
        let width = columns + rows
        let forbidden = 1e9
        func price(_ row: Int, _ column: Int) -> Double {
            if column < columns { return min(cost[row][column], forbidden) }
            return column - columns == row ? alone[row] : forbidden
        }
        var rowPotential = [Double](repeating: 0, count: rows + 1)
        var columnPotential = [Double](repeating: 0, count: width + 1)
        // Counted from 1; 0 means none.
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
