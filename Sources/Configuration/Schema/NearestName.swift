/// Finds what somebody probably meant.
enum NearestName {
    /// Longer than any name we have; comparing more would only cost time.
    private static let maximumLength = 64

    /// The candidate with the fewest slips of the pen between it and `name`; nil when all are too far away.
    static func best(for name: String, among candidates: [String]) -> String? {
        let typed = normalized(name)
        guard !typed.isEmpty, typed.count <= maximumLength else { return nil }
        var best: (candidate: String, distance: Int)?
        for candidate in candidates {
            let wanted = normalized(candidate)
            var distance = distance(typed, wanted)
            if typed.count >= 3, wanted.starts(with: typed) { distance = min(distance, 1) }
            guard distance <= max(1, min(typed.count, wanted.count) / 3) else { continue }
            if distance < best?.distance ?? .max { best = (candidate, distance) }
        }
        return best?.candidate
    }

    /// Case and the kind of dash are never what matters.
    private static func normalized(_ name: String) -> [UInt8] {
        name.lowercased().utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : $0 }
    }

    /// How many letters must be put in, left out, exchanged or swapped with their neighbour.
    static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for (row, letter) in left.enumerated() {
            var current = [row + 1]
            for (column, other) in right.enumerated() {
                var cost = min(last[column + 1] + 1, current[column] + 1, last[column] + (letter == other ? 0 : 1))
                if row > 0, column > 0, letter == right[column - 1], left[row - 1] == other {
                    cost = min(cost, beforeLast[column - 1] + 1)
                }
                current.append(cost)
            }
            beforeLast = last
            last = current
        }
        return last[right.count]
    }
}
