extension ShotPairing.Round {
    /// The cheapest pairing. Shots and impacts that have nothing to do with each other are dealt with apart.
    func match() -> [ShotPairing.Match] {
        let candidates = shots.indices.map { shot in
            blows.indices.compactMap { impact in cost(shot, impact).map { (impact: impact, cost: $0) } }
        }
        return groups(candidates).flatMap { solve($0, candidates) }
    }

    /// Shots that compete for the same impacts, directly or through others.
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
            return ShotPairing.Match(
                shot: group[row], impact: impacts[column],
                confidence: Probability.confidence(margin: margin(row, column, cost, alone, best)))
        }
    }

    /// By how much the best pairing without this pair is dearer. Of a large group only what is near counts: what is
    /// further away goes on as it is.
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
